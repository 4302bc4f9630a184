import Messaging
import SQLiteStore

/// The table `delivery_forms`, as the writer uses it: finds the form of a delivery, and creates forms from what deliveries have in common.
/// The forms in memory equal the file; after a failure, or a write of another process, they are read again. Samples exist only in memory.
final class FormTable {
    private let db: Database
    private let insertStatement: PreparedStatement
    private let limits: FormLimits
    /// The newest forms of each key, newest last; nil if they must be read from the file.
    private var forms: [FormKey: [DeliveryForm]]?
    /// The number of forms that the file has for each account.
    private var counts: [Owner: Int] = [:]
    private var samples: [FormKey: FormSample] = [:]

    private struct Owner: Hashable {
        let adapter: AdapterKind
        let account: AccountName

        init(_ key: FormKey) { (adapter, account) = (key.adapter, key.account) }
    }

    init(_ db: Database, _ limits: FormLimits = FormLimits()) throws {
        self.db = db
        self.limits = limits
        insertStatement = try PreparedStatement(
            db,
            """
            INSERT INTO delivery_forms (adapter, account, method, target, headers_start, headers_end, body_start, body_end, created_at)
            VALUES (?,?,?,?,?,?,?,?,?) RETURNING form_id
            """)
    }

    /// Marks the forms in memory as unreliable, after a rollback or after another process wrote.
    func forget() {
        forms = nil
        samples.removeAll()
    }

    /// The form that contains the most of a delivery, or a new one; nil if none fits. `person` identifies the person whom the delivery
    /// is about; nil if it may be about several, so that no form is made of it.
    func form(of delivery: Delivery, _ content: DeliveryContent, about person: @autoclosure () -> String?) throws -> DeliveryForm? {
        guard content.body.count <= limits.bodyBytes else { return nil }
        let key = FormKey(delivery)
        let forms = try known()[key] ?? []
        var best: DeliveryForm?
        for form in forms where form.parts.count > best?.parts.count ?? -1 && form.parts.fit(content) { best = form }
        if let best, best.parts.count * 4 >= content.count { return best }
        guard let person = person(), let parts = sampled(key, content, about: person.hashValue), let new = limits.news(parts, to: forms)
        else {
            return best
        }
        let made = try make(new, key, at: delivery.receivedAt)
        return made.parts.fit(content) ? made : best
    }

    /// What the deliveries of a key have in common, once they are about enough people; nil until then.
    private func sampled(_ key: FormKey, _ content: DeliveryContent, about person: Int) -> SharedParts? {
        guard counts[Owner(key), default: 0] < limits.anAccount, counts.values.reduce(0, +) < limits.count else { return nil }
        // A sender can use any number of targets, with different queries.
        if samples.count >= limits.samples, samples[key] == nil { samples.removeAll() }
        samples[key]?.add(content, of: person)
        let sample = samples[key] ?? FormSample(content, of: person)
        guard sample.peopleCount >= limits.people else {
            samples[key] = sample
            return nil
        }
        samples[key] = nil
        return sample.parts
    }

    private func make(_ parts: SharedParts, _ key: FormKey, at now: Instant) throws -> DeliveryForm {
        let id = try insertStatement.all({ row in
            row.text(key.adapter.rawValue)
            row.text(key.account.rawValue)
            row.text(key.method)
            row.text(key.target)
            for ends in [parts.headers, parts.body] {
                row.blob(ends.start)
                row.blob(ends.end)
            }
            row.instant(now)
        }) { $0.integer(0) }
        let form = DeliveryForm(id: id.first ?? 0, parts: parts)
        remember(form, of: key)
        return form
    }

    private func known() throws -> [FormKey: [DeliveryForm]] {
        if let forms { return forms }
        counts = [:]
        forms = [:]
        do { try read() } catch {
            forms = nil
            throw error
        }
        return forms ?? [:]
    }

    private func read() throws {
        let sql = """
            SELECT form_id, adapter, account, method, target, headers_start, headers_end, body_start, body_end FROM delivery_forms
            ORDER BY form_id
            """
        try db.statement(sql).forEach { row in
            let key = FormKey(
                adapter: AdapterKind(row.string(1) ?? ""), account: AccountName(row.string(2) ?? ""), method: row.string(3) ?? "",
                target: row.string(4) ?? "")
            let parts = SharedParts(
                headers: SharedEnds(start: row.blob(5), end: row.blob(6)), body: SharedEnds(start: row.blob(7), end: row.blob(8)))
            remember(DeliveryForm(id: row.integer(0), parts: parts), of: key)
            return true
        }
    }

    private func remember(_ form: DeliveryForm, of key: FormKey) {
        counts[Owner(key), default: 0] += 1
        forms?[key, default: []].append(form)
        if let list = forms?[key], list.count > limits.aKey { forms?[key] = Array(list.dropFirst()) }
    }
}

/// When a form is created, and how many there may be: a sender that varies headers, bodies or targets must not cause a form for each
/// delivery.
struct FormLimits: Sendable {
    /// The number of people whose deliveries a new form is made from, so that it contains nothing about a single person.
    var people = 8
    /// The most bytes of a body that may use a form; a longer one is stored whole. SQLite would have to follow the row's pages to read the
    /// form's id, which comes after the body.
    var bodyBytes = 4096
    /// The fewest bytes that a form contains, or that it saves compared with another form that fits too.
    var saving = 48
    /// The most forms of one key that a delivery is compared with.
    var aKey = 8
    /// The most forms of an account; further deliveries that fit no form are stored whole.
    var anAccount = 32
    /// The most forms of all accounts together.
    var count = 1000
    /// The most samples in memory.
    var samples = 256

    /// What a new form should contain, given what deliveries have in common; nil if a new form would save too little.
    /// If an existing form contains little more, the new one contains what both have in common: some value in the existing form, such as a
    /// time, was equal by chance.
    func news(_ parts: SharedParts, to forms: [DeliveryForm]) -> SharedParts? {
        let common = forms.map { (form: $0.parts, both: $0.parts.narrowed(to: parts)) }
        let near = common.filter { $0.both != $0.form && $0.both.count * 4 >= $0.form.count * 3 }.map(\.both).max { $0.count < $1.count }
        let new = near ?? parts
        let isNew = common.allSatisfy { $0.both != $0.form || new.count >= $0.form.count + saving }
        return isNew && new.count >= saving ? new : nil
    }
}
