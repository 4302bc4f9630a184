import AdapterConformance
import JSON
import Journal
import Logging
import Messaging
import SharedCases
import SwitchboardTesting

@testable import Supabase

/// Two instances, each with its own journal, and the database that they share. Each serves one account; both accounts belong to one
/// portfolio. In a `mixed` world the second instance is of an earlier version, which stores user ids per account.
final class HistoryWorld {
    private let database: SchemaDatabase
    private let transport: DirectTransport
    private let folder: TemporaryFolder
    private let instances: [Instance]
    /// Every token in the answer to a start, with the customers who received it.
    private var tokens: [(token: Secret, customers: Set<String>)] = []
    private var deliveries: [(at: Int, delivery: Delivery, event: Event)] = []

    private struct Instance {
        let journal: Journal
        let file: JournalFile
        let sessions: SharedSessions
    }
    private var positions: [Int64] = [0, 0]
    private var last: [[[OutboxItem]]] = [[], []]
    /// The time at which each step began.
    private var beginnings: [Instant] = []

    private let isMixed: Bool

    init(_ database: SchemaDatabase, isMixed: Bool = false) throws {
        self.database = database
        self.isMixed = isMixed
        folder = try TemporaryFolder()
        transport = try database.transport()
        let (folder, transport) = (folder, transport)
        instances = try (0...1).map { number in
            let path = "\(folder.path)/\(number).sqlite"
            let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
            let portfolios = isMixed && number == 1 ? Portfolios() : Portfolios(Self.accounts)
            var configuration = Journal.Configuration(path: path, portfolios: portfolios, access: .claimed)
            // Session times are deferred, as in a gateway, here for only a few steps.
            configuration.unwrittenRows = number == 1 ? 4 : 40
            let journal = try Journal(configuration, logger: silent)
            let sessions = SharedSessions(
                journal: journal, transport: transport, budget: .seconds(60), health: SyncHealth(), logger: silent)
            return Instance(journal: journal, file: JournalFile(path: path), sessions: sessions)
        }
    }

    deinit {
        transport.shutdown()
        for instance in instances { try? instance.journal.close() }
    }
}

// The steps.
extension HistoryWorld {
    func perform(_ step: HistoryStep) async throws {
        beginnings.append(.now)
        switch step {
        case .message(let at, let phone, let id, let late): try await accept(at, .message, phone: phone, id: id, late: late)
        case .change(let at, let phone, let other, let id, let late):
            try await accept(at, .change(to: other, id: id), phone: phone, id: nil, late: late)
        case .renew(let at, let id, let other, let phone, let late):
            try await accept(at, .renew(to: other), phone: phone, id: id, late: late)
        case .start(let at, let phone, let customer, let asking): try await start(at, phone, customer.map { "10\($0)" }, asking)
        case .end(let at, let token, let asking):
            guard !tokens.isEmpty else { return }
            let token = tokens[token % tokens.count].token
            _ = asking ? try await instances[at].sessions.end(token).value : try await instances[at].journal.end(token)
        case .carry(let at, let rows, let seed):
            let page = try await instances[at].journal.outbox(after: positions[at], limit: rows)
            var generator = SeededGenerator(seed: seed)
            // Everything about one person is in one lane and stays in order; different lanes may overtake each other.
            last[at] = Dictionary(grouping: page.items, by: \.owner).sorted { $0.key < $1.key }.map(\.value).shuffled(using: &generator)
            for lane in last[at] { try await send(lane, from: at) }
            positions[at] = page.end
            try await instances[at].journal.advance("database", to: page.end)
        case .again(let at): for lane in last[at] { try await send(lane, from: at) }
        case .day: try await turnBack(by: 90_000)
        case .sweep:
            _ = try await database.call(.sweep, "{}")
            for instance in instances { _ = try await instance.journal.expireOverdueSessions() }
        }
    }

    private enum Item {
        case message
        case change(to: Int, id: Int?)
        case renew(to: Int)
    }

    private func accept(_ at: Int, _ item: Item, phone: Int?, id: Int?, late: Int) async throws {
        let number = deliveries.count
        let party = Party(phone: phone.map { ReceivedPhone(Self.phone($0)) }, identities: ids(id, at))
        var event: Event
        switch item {
        case .message:
            event = Event(
                externalID: "m-\(number)", channel: .whatsapp, line: "l", party: party, effect: .moves,
                content: .message(Message(type: .text, direction: .inbound, sender: nil, text: "Hello", content: "{}", context: nil)))
        case .change(let other, let id):
            let told = (phone.map { [#""from":"\#(Self.phone($0))""#] } ?? []) + (id.map { [#""user_id":"IN.\#($0)""#] } ?? [])
            let change = IdentityChange(
                type: "number.changed", data: "{\(told.joined(separator: ","))}", phone: ReceivedPhone(Self.phone(other)),
                identities: ids(id, at))
            event = Event(externalID: "c-\(number)", channel: .whatsapp, party: party, effect: .none, content: .identity(change))
        case .renew(let other):
            let former = id.map { #","previous_user_id":"IN.\#($0)""# } ?? ""
            let change = IdentityChange(type: "user_id.changed", data: #"{"user_id":"IN.\#(other)"\#(former)}"#, identities: ids(other, at))
            event = Event(externalID: "c-\(number)", channel: .whatsapp, party: party, effect: .none, content: .identity(change))
        }
        if late > 0 { event.occurredAt = beginnings.dropLast(late).last ?? beginnings.first }
        let delivery = Delivery(
            adapter: "whatsapp-cloud", account: Self.accounts[at].name, receivedAt: .now, target: "/", headers: [],
            body: Array("\(number)".utf8))
        deliveries.append((at, delivery, event))
        _ = try await instances[at].journal.accept(delivery, [event])
    }

    private static func phone(_ number: Int) -> String { "+91987654321\(number)" }

    private static let accounts = ["main", "support"].map { (name: AccountName) in
        Account(adapter: "whatsapp-cloud", name: name, secrets: [], portfolio: "acme")
    }

    /// A user id in the scopes of the adapter of an instance's account.
    private func ids(_ id: Int?, _ at: Int) -> [Identity] {
        let account = Self.accounts[at]
        let scopes = isMixed && at == 1 ? [account.name.rawValue] : account.identityScopes
        return id.map { id in scopes.map { .ruleID("\($0)/IN.\(id)") } } ?? []
    }

    private func start(_ at: Int, _ phone: Int, _ customer: String?, _ asking: Bool) async throws {
        let request = StartRequest(phone: ReceivedPhone(Self.phone(phone)), channel: .chat, customerID: customer)
        let outcome = asking ? try await instances[at].sessions.start(request).value : try await instances[at].journal.start(request)
        guard case .created(let session)? = outcome.map({ $0.asCreated }) else { return }
        let customers = Set(customer.map { [$0] } ?? [])
        if let index = tokens.firstIndex(where: { $0.token == session.token }) {
            tokens[index].customers.formUnion(customers)
        } else {
            tokens.append((session.token, customers))
        }
        if let customer, let named = session.customerID, named != customer {
            throw HistoryProblem("a start of customer \(customer) was answered with a session of \(named)")
        }
    }

    private func send(_ items: [OutboxItem], from at: Int) async throws {
        guard !items.isEmpty else { return }
        let batch = IngestBatch(id: "b", items: items)
        let reply = try await transport.call(.ingest, batch.argument, within: .seconds(60))
        guard let answer = IngestAnswer(reply), answer.confirms(batch.id, counts: batch.counts) else {
            throw HistoryProblem("an answer that is none")
        }
        try await instances[at].journal.adopt(answer.rows)
    }

    /// Makes everything that is stored older by this many seconds.
    private func turnBack(by seconds: Int) async throws {
        let columns = [
            "sessions": ["created_at", "last_activity", "expires_at"], "contacts": ["created_at", "updated_at", "number_since"],
            "identities": ["first_seen", "linked_at"], "messages": ["received_at", "sent_at"], "events": ["received_at", "occurred_at"],
        ]
        for (table, names) in columns.sorted(by: { $0.key < $1.key }) {
            let shared = names.map { "\($0) = \($0) - interval '\(seconds) s'" }.joined(separator: ", ")
            try await database.execute("update \(table) set \(shared)")
            let own = names.map { "\($0) = strftime('%Y-%m-%dT%H:%M:%fZ', \($0), '-\(seconds) seconds')" }.joined(separator: ", ")
            for instance in instances { try instance.file.execute("UPDATE \(table) SET \(own)") }
        }
        beginnings = beginnings.map { $0.adding(.seconds(-seconds)) }
    }
}

// The invariants.
extension HistoryWorld {
    /// Checks what must hold after every step.
    func check() async throws {
        for (number, instance) in instances.enumerated() {
            try Self.expect(
                instance.file.rows("SELECT contact_id FROM sessions WHERE status = 'active' GROUP BY 1 HAVING count(*) > 1"),
                "a contact has two active sessions at instance \(number)")
            try Self.expect(
                instance.file.rows(
                    """
                    SELECT s.session_id FROM sessions s JOIN contacts c ON c.contact_id = s.contact_id
                    WHERE s.status = 'active' AND (s.phone IS NOT c.phone OR c.merged_into IS NOT NULL)
                    """), "an active session shows another number than its contact has at instance \(number)")
            try Self.expect(instance.file.rows(Self.lostIdentities), "an identity leads to a contact that was merged at instance \(number)")
        }
        try Self.expect(await database.rows(Self.lostIdentities), "an identity leads to a contact that was merged in the database")
    }

    /// Checks that nobody is shown another customer's session. Until everything has been sent, the database cannot know a customer that
    /// only an instance was told of.
    private func checkTokens() async throws {
        for (token, customers) in tokens where !customers.isEmpty {
            for (number, instance) in instances.enumerated() {
                try Self.expect(try await instance.sessions.session(token: token).value, isOf: customers, "instance \(number)")
            }
            let found = try await database.call(.session, #"{"session_token":"\#(token.revealed)"}"#)
            if found["outcome"].string == "live" { try Self.expect(Session(found["session"]), isOf: customers, "the database") }
        }
    }

    /// Checks what must hold when everything has been sent. While clients have named two customers, their contacts cannot be joined. If one
    /// of the names is gone by now, sending everything again joins them. So with `mayChangeOnce`, only the second repetition must change
    /// nothing.
    func finish(mayChangeOnce: Bool) async throws {
        for _ in 0..<3 {
            for at in 0...1 { try await perform(.carry(at: at, rows: 10_000, seed: 0)) }
        }
        if isMixed {
            // Contacts that an earlier version stored per account are joined by a later row that names all scopes of their id.
            for at in 0...1 {
                positions[at] = 0
                try await perform(.carry(at: at, rows: 10_000, seed: 0))
            }
            for at in 0...1 { try await perform(.carry(at: at, rows: 10_000, seed: 0)) }
        }
        try await check()
        try await checkTokens()
        let sent = deliveries.count { if case .message = $0.event.content { true } else { false } }
        let stored = try await database.rows("select count(*) from messages").first
        guard stored == "\(sent)" else { throw HistoryProblem("\(sent) messages were acknowledged, \(stored ?? "") are in the database") }
        try Self.expect(
            await database.rows(
                """
                select s.session_id from sessions s join contacts c using (contact_id)
                where s.status = 'active' and (s.phone is distinct from c.phone or c.merged_into is not null)
                """), "an active session shows another number than its contact has in the database")
        // An overdue session expires at the next opportunity.
        try await perform(.sweep)
        for (at, delivery, event) in deliveries {
            guard case .taken(let receipt) = try await instances[at].journal.accept(delivery, [event]), receipt.accepted == 0 else {
                throw HistoryProblem("\(event.externalID) was stored a second time")
            }
        }
        if mayChangeOnce {
            _ = try await carryAgain()
            try await check()
            try await checkTokens()
        }
        let changes = try await carryAgain()
        guard changes.isEmpty else { throw HistoryProblem("carrying everything again changed the database:\n\(changes)") }
    }

    /// The rows that sending everything again removes from the database and adds to it.
    private func carryAgain() async throws -> String {
        let before = try await snapshot()
        for at in 0...1 {
            positions[at] = 0
            try await perform(.carry(at: at, rows: 10_000, seed: 1))
        }
        let after = try await snapshot()
        let lost = Set(before).subtracting(after).sorted().map { "- \($0)" }
        let made = Set(after).subtracting(before).sorted().map { "+ \($0)" }
        return (lost + made).joined(separator: "\n")
    }

    /// All rows, without the times at which an instance last changed a contact, or learned of an identity by an answer.
    private func snapshot() async throws -> [String] {
        try await ["sessions", "contacts", "identities", "messages", "events"].asyncFlatMap { table in
            try await self.database.rows("select '\(table)', to_jsonb(t) - '{updated_at,linked_at}'::text[] from \(table) t order by 2")
        }
    }

    private static let lostIdentities =
        "SELECT i.value FROM identities i JOIN contacts c ON c.contact_id = i.contact_id WHERE c.merged_into IS NOT NULL"

    private static func expect(_ rows: [String], _ problem: String) throws {
        guard rows.isEmpty else { throw HistoryProblem("\(problem): \(rows)") }
    }

    private static func expect(_ session: Session?, isOf customers: Set<String>, _ place: String) throws {
        guard let named = session?.customerID, !customers.contains(named) else { return }
        throw HistoryProblem("a token of customer \(customers.sorted()) shows a session of \(named) at \(place)")
    }
}

/// A violated invariant.
struct HistoryProblem: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

extension StartOutcome {
    /// A restored session counts like a new one.
    fileprivate var asCreated: StartOutcome {
        if case .restored(let session) = self { .created(session) } else { self }
    }
}

extension Array {
    fileprivate func asyncFlatMap<Value>(_ body: (Element) async throws -> [Value]) async rethrows -> [Value] {
        var values: [Value] = []
        for element in self { values += try await body(element) }
        return values
    }
}
