import Messaging
import SwitchboardTesting

/// What a journal promises, without a file, a cache or a transaction: a set of items, and each person's sessions.
///
/// It knows nothing of what other instances and processes do; a history that has such an action is not foretold from there on.
struct Model {
    private var now = ManualClock().now
    private var items = ModelItems()
    private var people: [Int: Person] = [:]
    private var tokens: [Int: Int] = [:]
    private var sessions: [Session] = []
    /// Where a message is: its id and the place of its session among all that were opened.
    private var places: [String: Int] = [:]
    /// Whether all so far could be foretold.
    private(set) var isSure = true

    private static let idle: Duration = .seconds(86_400)

    /// At most two contacts until both the number and the id were seen together.
    private struct Person {
        var byPhone: Contact?
        var byID: Contact?
    }

    private final class Contact {
        var phone: String?
        var customer: String?
        var session: Int?

        init(phone: String?) { self.phone = phone }
    }

    private struct Session {
        var status = "active"
        /// Whom a client named.
        var customer: String?
        var phone: String?
        var channel: String
        let createdAt: Instant
        var lastActivity: Instant
        var expiresAt: Instant
        var metadata = "{}"
        var mergedInto: Int?

        /// Where no client named a customer the number stands in, and the contact's id where there is none.
        var shownCustomer: String { customer ?? phone ?? "id" }
    }

    /// What comes of an action; nil where the model has no opinion.
    mutating func apply(_ action: Action) -> String? {
        switch action {
        case .message(let id, let person, let sight):
            guard sight != .other else { return unsure() }
            return receipt([message(id, from: person, sight)])
        case .past(let id, let person): return receipt([past(id, from: person)])
        case .placeholder(let id, let person): return receipt([past(id, from: person, isPlaceholder: true)])
        case .chat(let id, let person): return chat(id, person)
        case .mixed(let id, let person):
            let accepted = [
                message(id, from: person, .phone), take("s-\(id)"),
                take("a-\(id)") { _ = $0.session(of: $0.contact(person, .phone), on: "kiosk") },
                take("n-\(id)"),
            ]
            return receipt(accepted, rejected: 1)
        case .status(let id): return receipt([take("s-\(id)")])
        case .unreadable: return receipt([], rejected: 1)
        case .start(let person, let customer):
            return start(person, customer == 0 ? nil : "c\(customer)")
        case .end(let person): return end(person)
        case .advance(let seconds):
            now = now.adding(.seconds(seconds))
            return ""
        case .sweep: return "\(sweep())"
        case .capture(let id, let count):
            return (id..<id + count).map { receipt([message($0, from: $0 % 3, .phone)]) }.joined(separator: ", ")
        case .fill(let id, let count):
            return (id..<id + count).map { receipt([message($0, from: $0 % 6, .phone)]) }.joined(separator: ", ")
        case .burst(let id, let count):
            return (id..<id + count).map { receipt([take("s-\($0)")]) }.sorted().joined(separator: ", ")
        case .change, .endElsewhere, .openElsewhere, .mergeElsewhere, .draft, .meddle, .retake, .probe:
            return unsure()
        case .keep, .settle, .compress, .prune, .size, .letters, .refused, .carry, .readiness: return nil
        case .reopen:
            now = now.adding(.milliseconds(1))
            return nil
        }
    }

    private mutating func unsure() -> String? {
        isSure = false
        return nil
    }

    private func receipt(_ fates: [ModelItems.Fate], rejected: Int = 0) -> String { fates.receipt(rejected: rejected) }

    /// What becomes of an item. Something comes of a new one, and of one that completes a message in no session.
    private mutating func take(
        _ key: String, _ words: ModelItems.Words = ModelItems.Words(), _ effect: (inout Model) -> Void = { _ in }
    ) -> ModelItems.Fate {
        let (fate, hasEffect) = items.take(key, words)
        if hasEffect { effect(&self) }
        return fate
    }

    /// A message says who sent it, by the number as it was shown.
    private mutating func message(_ id: Int, from person: Int, _ sight: Action.Sight) -> ModelItems.Fate {
        let sender: String
        switch sight {
        case .id: sender = "nobody's number"
        case .local: sender = "\(person) as they write it"
        case .phone, .both, .other: sender = "\(person)"
        }
        return take("m-\(id)", ModelItems.Words(text: sender)) { $0.place("m-\(id)", from: person, sight) }
    }

    /// A message of the past, or what stands for it, makes its person known.
    private mutating func past(_ id: Int, from person: Int, isPlaceholder: Bool = false) -> ModelItems.Fate {
        let words = ModelItems.Words(
            text: isPlaceholder ? "" : "\(person)", isPlaceholder: isPlaceholder, isInSession: false)
        return take("m-\(id)", words) { _ = $0.contact(person, .phone) }
    }

    private mutating func place(_ key: String, from person: Int, _ sight: Action.Sight) {
        places[key] = session(of: contact(person, sight), on: "whatsapp")
    }
}

// People.
extension Model {
    private mutating func contact(_ number: Int, _ sight: Action.Sight) -> Contact {
        var person = people[number] ?? Person()
        defer { people[number] = person }
        let phone = "+919876543\(210 + number)"
        switch sight {
        case .phone, .local, .other:
            let contact = person.byPhone ?? Contact(phone: phone)
            person.byPhone = contact
            return contact
        case .id:
            let contact = person.byID ?? Contact(phone: nil)
            person.byID = contact
            return contact
        case .both:
            let contact = person.byPhone ?? person.byID ?? Contact(phone: phone)
            if let other = person.byID, other !== contact, canBeOne(other, contact) {
                merge(other, into: contact)
            }
            if contact.phone == nil { show(phone, of: contact) }
            person.byPhone = contact
            person.byID = contact
            return contact
        }
    }

    private mutating func show(_ phone: String, of contact: Contact) {
        contact.phone = phone
        if let session = contact.session { sessions[session].phone = phone }
    }

    private func canBeOne(_ one: Contact, _ other: Contact) -> Bool {
        one.customer == nil || other.customer == nil || one.customer == other.customer
    }

    private mutating func merge(_ loser: Contact, into survivor: Contact) {
        survivor.customer = survivor.customer ?? loser.customer
        for contact in [survivor, loser] { expireOverdue(of: contact) }
        // In the order of their opening.
        let live = [survivor.session, loser.session].compactMap { $0 }.sorted()
        for session in live {
            sessions[session].phone = survivor.phone
            sessions[session].customer = sessions[session].customer ?? survivor.customer
        }
        loser.session = nil
        guard let kept = live.first else { return }
        for lost in live.dropFirst() {
            sessions[lost].status = "merged"
            sessions[lost].mergedInto = kept
            sessions[kept].lastActivity = max(sessions[kept].lastActivity, sessions[lost].lastActivity)
            sessions[kept].expiresAt = max(sessions[kept].expiresAt, sessions[lost].expiresAt)
        }
        survivor.session = kept
    }
}

// Sessions.
extension Model {
    private func isLive(_ session: Int?) -> Bool {
        session.map { sessions[$0].status == "active" && now < sessions[$0].expiresAt } ?? false
    }

    private mutating func expireOverdue(of contact: Contact) {
        guard let session = contact.session, !isLive(session) else { return }
        sessions[session].status = "expired"
        contact.session = nil
    }

    private mutating func touch(_ session: Int) {
        sessions[session].lastActivity = max(sessions[session].lastActivity, now)
        sessions[session].expiresAt = max(sessions[session].expiresAt, now.adding(Self.idle))
    }

    /// The live session, moved, or a new one.
    private mutating func session(of contact: Contact, on channel: String, metadata: String = "{}")
        -> Int
    {
        if let session = contact.session, isLive(session) {
            touch(session)
            return session
        }
        expireOverdue(of: contact)
        sessions.append(
            Session(
                customer: contact.customer, phone: contact.phone, channel: channel,
                createdAt: now,
                lastActivity: now, expiresAt: now.adding(Self.idle), metadata: metadata))
        contact.session = sessions.count - 1
        return sessions.count - 1
    }

    private mutating func start(_ person: Int, _ customer: String?) -> String {
        let contact = contact(person, .phone)
        let metadata = customer.map { #"{"customer":\#($0.dropFirst())}"# }
        guard let live = contact.session, isLive(live) else {
            contact.customer = customer ?? contact.customer
            let session = session(of: contact, on: "chat", metadata: metadata ?? "{}")
            tokens[person] = session
            return "created \(text(session))"
        }
        if let customer, let known = contact.customer, known != customer { return "conflict" }
        if let customer, contact.customer == nil {
            contact.customer = customer
            sessions[live].customer = customer
        }
        touch(live)
        if let metadata { sessions[live].metadata = metadata }
        let token = tokens[person].map { $0 == live ? "same" : "other" } ?? "first"
        tokens[person] = live
        return "restored \(token) \(text(live))"
    }

    private func text(_ index: Int) -> String {
        let session = sessions[index]
        return
            "\(session.status) \(session.shownCustomer) \(session.phone ?? "-") \(session.channel) \(session.createdAt)"
            + " \(session.lastActivity) \(session.expiresAt) \(session.metadata.count)"
    }

    /// The session that a token leads to, where it is live.
    private func live(_ token: Int) -> Int? {
        var session = token
        while let survivor = sessions[session].mergedInto { session = survivor }
        return isLive(session) ? session : nil
    }

    private mutating func chat(_ id: Int, _ person: Int) -> String {
        guard let token = tokens[person] else { return "no token" }
        guard let session = live(token) else { return "unknown token" }
        return receipt([take("chat-\(person)-\(id)") { $0.touch(session) }])
    }

    private mutating func end(_ person: Int) -> String {
        guard let token = tokens[person] else { return "no token" }
        guard let session = live(token) else { return "nothing to end" }
        sessions[session].status = "logged_out"
        sessions[session].expiresAt = min(sessions[session].expiresAt, now)
        for person in people.values {
            for contact in [person.byPhone, person.byID] where contact?.session == session {
                contact?.session = nil
            }
        }
        return "ended logged_out \(sessions[session].expiresAt)"
    }

    private mutating func sweep() -> Int {
        let overdue = sessions.indices.filter { sessions[$0].status == "active" && !isLive($0) }
        for session in overdue { sessions[session].status = "expired" }
        for person in people.values {
            for contact in [person.byPhone, person.byID] {
                if let session = contact?.session, overdue.contains(session) { contact?.session = nil }
            }
        }
        return overdue.count
    }
}

// What the file must say.
extension Model {
    /// Every session in the order of their opening, and every message with the place of its session.
    var rows: [String] {
        sessions.map { session in
            "\(session.status) \(session.shownCustomer) \(session.phone ?? "-") \(session.channel) \(session.createdAt)"
                + " \(session.lastActivity) \(session.expiresAt)"
        } + places.map { "\($0.key) in \($0.value + 1)" }.sorted()
    }
}
