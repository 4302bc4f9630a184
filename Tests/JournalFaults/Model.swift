import Messaging
import SwitchboardTesting

/// A model of what a journal promises, without a file, a cache or a transaction: a set of items, and each person's sessions.
/// It does not know what other instances and processes do; after such an action, the rest of a history is not predicted.
struct Model {
    private(set) var now = ManualClock().now
    private var items = ModelItems()
    /// The contacts in the order of creation.
    var contacts: [Contact] = []
    /// The contact to which each spelling of a number leads.
    var spellings: [String: Int] = [:]
    var users: [UserID: Int] = [:]
    private var tokens: [Int: Int] = [:]
    var sessions: [Session] = []
    /// The place of each message: its id and the index of its session among all that were opened.
    private var places: [String: (id: String, session: Int)] = [:]
    /// Whether everything so far was predictable.
    private(set) var isSure = true

    private static let idle: Duration = .seconds(86_400)

    struct Session {
        var contact: Int
        var status = "active"
        /// The customer that a client named.
        var customer: String?
        var phone: String?
        var channel: String
        let createdAt: Instant
        var lastActivity: Instant
        var expiresAt: Instant
        var metadata = "{}"
        var mergedInto: Int?

        /// The customer, or as a placeholder the number, or the contact's id if there is no number.
        var shownCustomer: String { customer ?? phone ?? "id" }
    }

    /// The expected result of an action; nil if the model cannot predict it.
    mutating func apply(_ action: Action) -> String? {
        switch action {
        case .message(let id, let person, let sight):
            guard sight != .other else { return unsure() }
            return receipt([message(id, from: person, sight)])
        case .seen(let id, let phone, let user, let account):
            let sighting = Sighting(number: phone, user: user, at: account)
            let words = ModelItems.Words(text: phone.map { "\($0)" } ?? Self.noNumber)
            return receipt([take(key("m-\(id)", at: account), words) { $0.place("m-\(id)", at: account, sighting) }])
        case .becomes(let id, let phone, let user, let next, let nextUser, let account):
            let (before, after) = (Sighting(number: phone, user: user, at: account), Sighting(number: next, user: nextUser, at: account))
            let type = next == nil ? "user_id" : "number"
            return receipt([take(key("\(type)-\(id)", at: account)) { $0.change(before, to: after) }])
        case .past(let id, let person): return receipt([past(id, from: person)])
        case .placeholder(let id, let person): return receipt([past(id, from: person, isPlaceholder: true)])
        case .chat(let id, let person): return chat(id, person)
        case .mixed(let id, let person):
            let accepted = [
                message(id, from: person, .phone), take("s-\(id)"),
                take("a-\(id)") { _ = $0.session(of: $0.contact(Sighting(person, .phone)), on: "kiosk") },
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
        case .keep, .settle, .compress, .prune, .size, .letters, .refused, .carry, .readiness, .takeOver: return nil
        case .reopen, .earlier:
            now = now.adding(.milliseconds(1))
            return nil
        }
    }

    private mutating func unsure() -> String? {
        isSure = false
        return nil
    }

    private func receipt(_ fates: [ModelItems.Fate], rejected: Int = 0) -> String { fates.receipt(rejected: rejected) }

    /// The fate of an item. `effect` is applied for a new one, and for one that completes a message without a session.
    private mutating func take(
        _ key: String, _ words: ModelItems.Words = ModelItems.Words(), _ effect: (inout Model) -> Void = { _ in }
    ) -> ModelItems.Fate {
        let (fate, hasEffect) = items.take(key, words)
        if hasEffect { effect(&self) }
        return fate
    }

    /// The text of a message is its sender, by the number as it was shown.
    private mutating func message(_ id: Int, from person: Int, _ sight: Action.Sight) -> ModelItems.Fate {
        let sender: String
        switch sight {
        case .id: sender = Self.noNumber
        case .local: sender = "\(person) as they write it"
        case .phone, .both, .other: sender = "\(person)"
        }
        return take("m-\(id)", ModelItems.Words(text: sender)) { $0.place("m-\(id)", at: .main, Sighting(person, sight)) }
    }

    /// A message from the history, or a placeholder, creates or updates its person's contact.
    private mutating func past(_ id: Int, from person: Int, isPlaceholder: Bool = false) -> ModelItems.Fate {
        let words = ModelItems.Words(
            text: isPlaceholder ? "" : "\(person)", isPlaceholder: isPlaceholder, isInSession: false)
        return take("m-\(id)", words) { _ = $0.contact(Sighting(person, .phone)) }
    }

    private mutating func place(_ id: String, at account: ModelAccount, _ sighting: Sighting) {
        places[key(id, at: account)] = (id, session(of: contact(sighting), on: "whatsapp"))
    }

    /// The key of a message; each account's ids are separate.
    private func key(_ id: String, at account: ModelAccount) -> String { account == .main ? id : "\(account.name)/\(id)" }

    private static let noNumber = "nobody's number"
}

// Sessions.
extension Model {
    private func isLive(_ session: Int?) -> Bool {
        session.map { sessions[$0].status == "active" && now < sessions[$0].expiresAt } ?? false
    }

    mutating func expireOverdue(of contact: Int) {
        guard let session = contacts[contact].session, !isLive(session) else { return }
        sessions[session].status = "expired"
        contacts[contact].session = nil
    }

    private mutating func touch(_ session: Int) {
        sessions[session].lastActivity = max(sessions[session].lastActivity, now)
        sessions[session].expiresAt = max(sessions[session].expiresAt, now.adding(Self.idle))
    }

    /// The live session, moved to now, or a new one.
    private mutating func session(of contact: Int, on channel: String, metadata: String = "{}")
        -> Int
    {
        if let session = contacts[contact].session, isLive(session) {
            touch(session)
            return session
        }
        expireOverdue(of: contact)
        sessions.append(
            Session(
                contact: contact, customer: contacts[contact].customer, phone: contacts[contact].phone, channel: channel,
                createdAt: now,
                lastActivity: now, expiresAt: now.adding(Self.idle), metadata: metadata))
        contacts[contact].session = sessions.count - 1
        return sessions.count - 1
    }

    private mutating func start(_ person: Int, _ customer: String?) -> String {
        let contact = contact(Self.starting(person), hasNumberNow: true)
        let metadata = customer.map { #"{"customer":\#($0.dropFirst())}"# }
        guard let live = contacts[contact].session, isLive(live) else {
            contacts[contact].customer = customer ?? contacts[contact].customer
            let session = session(of: contact, on: "chat", metadata: metadata ?? "{}")
            tokens[person] = session
            return "created \(text(session))"
        }
        if let customer, let known = sessions[live].customer ?? contacts[contact].customer, known != customer { return "conflict" }
        if let customer, sessions[live].customer == nil {
            contacts[contact].customer = customer
            sessions[live].customer = customer
        }
        touch(live)
        if let metadata { sessions[live].metadata = metadata }
        let token = tokens[person].map { $0 == live ? "same" : "other" } ?? "first"
        tokens[person] = live
        return "restored \(token) \(text(live))"
    }

    /// A start spells the number with its plus.
    private static func starting(_ person: Int) -> Sighting {
        var sighting = Sighting(person, .phone)
        sighting.spelling = sighting.number
        return sighting
    }

    private func text(_ index: Int) -> String {
        let session = sessions[index]
        return
            "\(session.status) \(session.shownCustomer) \(session.phone ?? "-") \(session.channel) \(session.createdAt)"
            + " \(session.lastActivity) \(session.expiresAt) \(session.metadata.count)"
    }

    /// The session of a token, following merges; nil if it is not live.
    private func live(_ token: Int) -> Int? {
        var session = token
        while let survivor = sessions[session].mergedInto { session = survivor }
        return isLive(session) ? session : nil
    }

    private mutating func chat(_ id: Int, _ person: Int) -> String {
        guard let token = tokens[person] else { return "no token" }
        guard let session = live(token) else { return "unknown token" }
        return receipt([take("chat-\(person)-\(id) of \(sessions[session].contact)") { $0.touch(session) }])
    }

    private mutating func end(_ person: Int) -> String {
        guard let token = tokens[person] else { return "no token" }
        guard let session = live(token) else { return "nothing to end" }
        sessions[session].status = "logged_out"
        sessions[session].expiresAt = min(sessions[session].expiresAt, now)
        for contact in contacts.indices where contacts[contact].session == session { contacts[contact].session = nil }
        return "ended logged_out \(sessions[session].expiresAt)"
    }

    private mutating func sweep() -> Int {
        let overdue = sessions.indices.filter { sessions[$0].status == "active" && !isLive($0) }
        for session in overdue { sessions[session].status = "expired" }
        for contact in contacts.indices where contacts[contact].session.map(overdue.contains) ?? false { contacts[contact].session = nil }
        return overdue.count
    }
}

// The expected contents of the file.
extension Model {
    /// Every session in the order of their opening, and every message with the index of its session.
    var rows: [String] {
        sessions.map { session in
            "\(session.status) \(session.shownCustomer) \(session.phone ?? "-") \(session.channel) \(session.createdAt)"
                + " \(session.lastActivity) \(session.expiresAt)"
        } + places.values.map { "\($0.id) in \($0.session + 1)" }.sorted()
    }
}
