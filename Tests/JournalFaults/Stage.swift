import FaultyVFS
import Foundation
import GRDB
import Journal
import Logging
import Messaging
import SwitchboardTesting

/// A journal on which actions are done, under a clock that stands still.
final class Stage {
    let path: String
    private let folder: TemporaryFolder
    private let clock: ManualClock
    private var journal: Journal?
    private var tokens: [Int: Secret] = [:]
    /// Whose number is their other one by now.
    private var moved: Set<Int> = []

    init() throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/journal.sqlite"
        clock = ManualClock()
        faulty_watch(folder.path)
    }

    /// A journal of the same settings on the files that a power cut left in a folder, at the same time.
    init(cut folder: TemporaryFolder, of stage: Stage) {
        self.folder = folder
        path = "\(folder.path)/journal.sqlite"
        clock = stage.clock
    }

    deinit { try? journal?.close() }

    func state() throws -> State { try State(path: path) }

    /// What of a state the worst power cut would take now; nil where nothing.
    func lostByPowerCut(of state: State) throws -> String? {
        let folder = try TemporaryFolder()
        faulty_cut_now(folder.path)
        do {
            let left = try State(path: "\(folder.path)/journal.sqlite")
            return left == state ? nil : left.difference(from: state)
        } catch {
            return "        it cannot be read: \(error)"
        }
    }

    /// Closes the journal; it is whole without us.
    func close() throws {
        try journal?.close()
        journal = nil
    }

    /// Before a step, however often it is tried: time goes on while a journal is closed. Ids of one millisecond are in the order of their making
    /// only where one process made them, and of two people, or two sessions, whose times are alike the lesser id is the older.
    func begin(_ action: Action) {
        if case .reopen = action { clock.advance(by: .milliseconds(1)) }
    }

    /// Opens the journal where it is closed.
    func open() throws -> Journal {
        if let journal { return journal }
        var configuration = Journal.Configuration(
            path: path, adapters: [Self.traits], portfolios: Portfolios(ModelAccount.allCases.map(\.account)),
            minimumFreeSpace: 0, keep: .seconds(5 * 86_400),
            compressAfter: .seconds(6 * 3600), maxSize: 60_000, keepDeadLetters: .seconds(3 * 86_400), maxDeadLetters: 3000,
            keepRefused: true, syncTarget: Self.target, rememberedContacts: 3, pageCache: 64 << 10,
            access: .claimed)
        configuration.copyLogAt = 20
        let opened = try Journal(
            configuration, logger: Logger(label: "faults") { _ in SwiftLogNoOpLogHandler() },
            now: clock.source)
        journal = opened
        return opened
    }

    private static let target = "db"
    private static let mark = #"{"type":"media_placeholder"}"#
    private static let traits = AdapterTraits(kind: "whatsapp-cloud", sender: .provider, placeholders: PlaceholderMarks([mark]))

    /// Does something and says what came of it; what fails is thrown. Calls are counted and fail only while the journal works.
    func perform(_ action: Action) async throws -> String {
        faulty_enable(1)
        defer { faulty_enable(0) }
        let journal = try open()
        switch action {
        case .message(let id, let person, let sight):
            return try await accept([message(id, party(person, sight))])
        case .seen(let id, let phone, let user, let account):
            return try await accept([message(id, party(phone, user, account))], at: account)
        case .becomes(let id, let phone, let user, let next, let nextUser, let account):
            let (before, after) = (party(phone, user, account), party(next, nextUser, account))
            let type = next == nil ? "user_id" : "number"
            let change = IdentityChange(type: "\(type).changed", data: "{}", phone: after.phone, identities: after.identities)
            let event = Event(
                externalID: "\(type)-\(id)", channel: .whatsapp, party: before, effect: .none, content: .identity(change))
            return try await accept([event], at: account)
        case .past(let id, let person):
            return try await accept([message("m-\(id)", party(person, .phone), effect: .none)])
        case .placeholder(let id, let person): return try await accept([placeholder(id, party(person, .phone))])
        case .chat(let id, let person):
            guard let token = tokens[person] else { return "no token" }
            let activity = Event(
                externalID: "chat-\(person)-\(id)", channel: .chat, effect: .moves,
                content: .activity(type: "screen.viewed", data: "{}"))
            return Self.text(try await journal.accept(delivery(), [activity], provenBy: token))
        case .mixed(let id, let person): return try await accept(mixed(id, party(person, .phone)))
        case .status(let id): return try await accept([status(id)])
        case .unreadable(let id): return try await accept([unreadable(id)])
        case .start(let person, let customer): return try await start(person, customer, journal)
        case .end(let person):
            guard let token = tokens[person] else { return "no token" }
            return try await journal.end(token).map { "ended \($0.status.rawValue) \($0.expiresAt)" }
                ?? "nothing to end"
        case .change(let id, let person): return try await change(id, person)
        case .advance(let seconds):
            clock.advance(by: .seconds(seconds))
            return ""
        case .sweep: return "\(try await journal.expireOverdueSessions())"
        case .keep(let id):
            try await journal.keep(
                DeadLetter(
                    stage: .sync, reason: "refused", detail: nil, deliveryID: nil, record: #"{"id":\#(id)}"#,
                    createdAt: clock.now))
            return ""
        case .settle:
            return
                "\(try await journal.settle(try await journal.reader.deadLetters(limit: 100).map(\.id)))"
        case .retake: return try await retake(journal)
        case .capture(let id, let count):
            let captures = (id..<id + count).map {
                ReadCapture(Capture(delivery(size: 2000)), [message($0, party($0 % 3, .phone))])
            }
            return try await journal.accept(captures).map { Self.text($0) }.joined(separator: ", ")
        case .compress: return "\(try await journal.compressDeliveries())"
        case .prune: return "\(try await journal.pruneDeliveries())"
        case .letters: return "\(try await journal.pruneDeadLetters())"
        case .size: return "\(try await journal.enforceSize())"
        case .refused(let id):
            journal.keepRefused(delivery(size: 100 + id), status: 401, reason: "refused \(id)")
            // It is done when what came after it is.
            _ = try? await journal.settle([])
            return ""
        case .carry(let limit):
            let page = try await journal.outbox(after: try await journal.reader.position(of: Self.target), limit: limit)
            let depth = try await journal.reader.backlog(of: Self.target).depth
            // The last that may fail: done again after it was, it would carry more.
            try await journal.advance(Self.target, to: page.end)
            return "\(page.items.map { "\($0.sequence) \($0.kind)" }) \(depth)"
        case .endElsewhere(let person): return try await endElsewhere(person, journal)
        case .openElsewhere(let person, let isOlder):
            return try await openElsewhere(person, isOlder: isOlder, journal)
        case .mergeElsewhere(let person): return try await mergeElsewhere(person, journal)
        case .draft(let person, let isShared):
            return try await draft(person, isShared: isShared, journal)
        case .meddle(let person):
            let sql = #"UPDATE sessions SET metadata = '{"vip":true}' WHERE status = 'active' AND phone = '+\#(number(person))'"#
            do { try observe { try JournalFile(path: path).execute(sql) } } catch let error as DatabaseError
                where error.resultCode == .SQLITE_BUSY
            {
                // Whoever meddles has to wait for a lock as well.
                throw Refused(reason: "\(error)")
            }
            return ""
        case .fill(let id, let count):
            var receipts: [String] = []
            for id in id..<id + count {
                receipts.append(
                    Self.text(
                        try await journal.accept(delivery(size: 30_000), [message(id, party(id % 6, .phone))])))
            }
            await quiet()
            return receipts.joined(separator: ", ")
        case .burst(let id, let count): return try await burst(id, count, journal)
        case .readiness:
            if let failure = await journal.readiness().failure { throw Refused(reason: failure) }
            return ""
        case .reopen:
            let closing = journal
            self.journal = nil
            try closing.close()
            _ = try open()
            return ""
        case .probe: return try await probe(journal)
        }
    }

    /// What the journal said no to other than by its own error.
    struct Refused: Error {
        let reason: String
    }

    /// Looks at the file or changes it as another process would: nothing of it is counted or fails.
    private func observe<Value>(_ body: () throws -> Value) rethrows -> Value {
        faulty_enable(0)
        defer { faulty_enable(1) }
        return try body()
    }

    private func rows(_ sql: String) throws -> [[String]] {
        try observe {
            try JournalFile(path: path).rows(sql).map {
                $0.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
            }
        }
    }

    /// Waits until the copying of the log beside the writer is over.
    private func quiet() async {
        var before: [Int64] = []
        for _ in 0..<200 {
            let now = (0..<FAULTY_CALL_COUNT.rawValue).map { faulty_calls(faulty_call(rawValue: $0)) }
            if now == before { return }
            before = now
            try? await Task.sleep(for: .milliseconds(3))
        }
    }
}

// What is done.
extension Stage {
    private func accept(_ events: [Event], at account: ModelAccount = .main) async throws -> String {
        // What is sent under an id a second time, and says something else, has other bytes.
        var delivery = delivery(at: account)
        delivery.body = Array(events.map(\.json).joined().utf8)
        return Self.text(try await open().accept(delivery, events))
    }

    private static func text(_ outcome: AcceptOutcome) -> String {
        switch outcome {
        case .taken(let receipt):
            "accepted \(receipt.accepted) duplicates \(receipt.duplicates) rejected \(receipt.rejected) differing \(receipt.differing)"
        case .unknownToken: "unknown token"
        case let other: "\(other)"
        }
    }

    private func start(_ person: Int, _ customer: Int, _ journal: Journal) async throws -> String {
        switch try await journal.start(request(person, customer)) {
        case .created(let session): return "created \(remember(session, of: person))"
        case .restored(let session):
            let isSame = tokens[person].map { $0 == session.token ? "same" : "other" } ?? "first"
            return "restored \(isSame) \(remember(session, of: person))"
        case .conflict: return "conflict"
        case .metadataFull: return "metadata full"
        case nil: return "no phone"
        }
    }

    private func remember(_ session: Session, of person: Int) -> String {
        tokens[person] = session.token
        return
            "\(session.status) \(session.shownCustomerID.count == 36 ? "id" : session.shownCustomerID) \(session.phone ?? "-") \(session.channel.rawValue)"
            + " \(session.createdAt) \(session.lastActivity) \(session.expiresAt) \(session.metadata.count)"
    }

    private func change(_ id: Int, _ person: Int) async throws -> String {
        let party = party(person, .phone)
        let next = ReceivedPhone(number(person, isMoved: !moved.contains(person)))
        let change = IdentityChange(type: "number.changed", data: "{}", phone: next, identities: [])
        let event = Event(
            externalID: "change-\(id)", channel: .whatsapp, party: party, effect: .none,
            content: .identity(change))
        let receipt = try await accept([event])
        moved.formSymmetricDifference([person])
        return receipt
    }

    private func retake(_ journal: Journal) async throws -> String {
        let letters = try await journal.reader.deadLetters(
            DeadLetterFilter(stage: .normalize), after: 0, limit: 1)
        guard let delivery = letters.first?.letter.deliveryID,
            let capture = try await journal.reader.capture(delivery)
        else {
            return "nothing to take again"
        }
        let retaken = try await journal.retake(capture, [message(9000, party(0, .phone))])
        return "\(Self.text(.taken(retaken.receipt))) \(retaken.settled.count) \(retaken.left.count)"
    }

    private func burst(_ id: Int, _ count: Int, _ journal: Journal) async throws -> String {
        // The same status over and over, but for the id: which is stored first does not show.
        let outcomes = await withTaskGroup(of: Result<AcceptOutcome, JournalError>.self) { group in
            for id in id..<id + count {
                let (delivery, event) = (delivery(), status(id))
                group.addTask {
                    do throws(JournalError) {
                        return .success(try await journal.accept(delivery, [event]))
                    } catch {
                        return .failure(error)
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        return try outcomes.map { Self.text(try $0.get()) }.sorted().joined(separator: ", ")
    }

    /// All that leads to a contact, by a message that moves only a session that is live, and one start.
    private func probe(_ journal: Journal) async throws -> String {
        let keys = try rows(
            """
            SELECT kind, scope, value, EXISTS (SELECT 1 FROM sessions s WHERE s.contact_id = i.contact_id AND s.status = 'active'
              AND s.expires_at > '\(clock.now)') FROM identities i ORDER BY kind, scope, value
            """)
        let count = try rows("SELECT count(*) FROM deliveries")[0][0]
        let events = keys.enumerated().map { index, key in
            let party =
                key[0] == "phone"
                ? Party(phone: ReceivedPhone(key[2], region: key[1].isEmpty ? nil : key[1]))
                : Party(identities: [Identity(kind: key[0], scope: key[1], value: key[2])])
            return message(
                "probe-\(clock.now)-\(count)-\(index)", party, effect: key[3] == "1" ? .moves : .joins)
        }
        let receipt = try await accept(events)
        guard let live = keys.indices.first(where: { keys[$0][0] == "phone" && keys[$0][3] == "1" })
        else { return receipt }
        let region = keys[live][1]
        let phone = ReceivedPhone(keys[live][2], region: region.isEmpty ? nil : region)
        switch try await journal.start(StartRequest(phone: phone, channel: .kiosk)) {
        case .created(let session), .restored(let session):
            return "\(receipt) \(session.phone ?? "-") \(session.lastActivity)"
        case let other: return "\(receipt) \(String(describing: other))"
        }
    }
}

// What the shared database says.
extension Stage {
    private func endElsewhere(_ person: Int, _ journal: Journal) async throws -> String {
        guard var session = try live(person) else { return "no session" }
        session.status = .loggedOut
        session.expiresAt = clock.now
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]))
        return ""
    }

    private func openElsewhere(_ person: Int, isOlder: Bool, _ journal: Journal) async throws
        -> String
    {
        guard var session = try live(person) else { return "no session" }
        session.id = identifier()
        session.token = Secret(session.id.description)
        // Of two sessions of one moment the ids decide, which are others in each run.
        session.createdAt = session.createdAt.adding(.seconds(isOlder ? -10 : 10)).adding(.milliseconds(person))
        session.lastActivity = clock.now
        try await journal.adopt(SharedRows(sessions: [SharedSession(stored: session)]))
        return ""
    }

    private func mergeElsewhere(_ person: Int, _ journal: Journal) async throws -> String {
        guard let session = try live(person) else { return "no session" }
        let canonical = Contact(
            id: identifier(), phone: session.phone, customerID: nil, displayName: "Asha")
        var theirs = session
        theirs.contactID = canonical.id
        try await journal.adopt(
            SharedRows(
                contacts: [SharedContact(given: session.contactID, canonical: canonical)],
                sessions: [SharedSession(stored: theirs)]))
        return ""
    }

    private func draft(_ person: Int, isShared: Bool, _ journal: Journal) async throws -> String {
        guard let draft = try await journal.draft(request(person, 0)) else { return "no phone" }
        if isShared {
            return remember(
                try await journal.adopt(draft.session, of: draft.contact, for: draft), of: person)
        }
        return try await journal.start(request(person, 0), as: draft) == .conflict
            ? "conflict" : "started"
    }

    private func live(_ person: Int) throws -> Session? {
        let columns =
            "session_id, contact_id, customer_id, channel, session_token, created_at, last_activity, expires_at, metadata, phone"
        let condition =
            "status = 'active' AND expires_at > '\(clock.now)' AND phone = '+\(number(person))'"
        return try rows("SELECT \(columns) FROM sessions WHERE \(condition)").first.flatMap { row in
            guard let id = SessionID(row[0]), let contact = ContactID(row[1]),
                let created = Instant(rfc3339: row[5]),
                let last = Instant(rfc3339: row[6]), let expires = Instant(rfc3339: row[7])
            else { return nil }
            return Session(
                id: id, contactID: contact, customerID: row[2], phone: row[9], channel: Channel(row[3]),
                token: Secret(row[4]),
                status: .active, createdAt: created, lastActivity: last, expiresAt: expires,
                metadata: row[8])
        }
    }

    private func identifier<Subject>() -> Identifier<Subject> {
        Identifier(
            milliseconds: clock.now.milliseconds, sequence: 0, random: .random(in: 0...UInt64.max))
    }
}

// What is sent.
extension Stage {
    private func number(_ person: Int, isMoved: Bool? = nil) -> String {
        "9198765\(isMoved ?? moved.contains(person) ? 5 : 4)32\(10 + person)"
    }

    private func party(_ person: Int, _ sight: Action.Sight) -> Party {
        let id = Identity(kind: "whatsapp_user_id", scope: "main", value: "IN.\(person)")
        switch sight {
        case .phone: return Party(phone: ReceivedPhone(number(person, isMoved: false)))
        case .local:
            return Party(
                phone: ReceivedPhone(String(number(person, isMoved: false).dropFirst(2)), region: "IN"))
        case .id: return Party(identities: [id])
        case .both:
            return Party(
                phone: ReceivedPhone(number(person, isMoved: false)), identities: [id],
                displayName: "Person \(person)")
        case .other: return Party(phone: ReceivedPhone(number(person, isMoved: true)))
        }
    }

    /// What an account's event shows of a number and a user id.
    private func party(_ phone: Int?, _ user: Int?, _ account: ModelAccount) -> Party {
        let ids = user.map { user in
            account.account.identityScopes.map { Identity(kind: "whatsapp_user_id", scope: $0, value: "IN.\(user)") }
        }
        return Party(phone: phone.map { ReceivedPhone(number($0, isMoved: false)) }, identities: ids ?? [])
    }

    private func request(_ person: Int, _ customer: Int) -> StartRequest {
        StartRequest(
            phone: ReceivedPhone("+\(number(person))"), channel: .chat,
            customerID: customer == 0 ? nil : "c\(customer)",
            metadata: customer == 0 ? nil : #"{"customer":\#(customer)}"#)
    }

    private func delivery(size: Int = 2, at account: ModelAccount = .main) -> Delivery {
        Delivery(
            adapter: "whatsapp-cloud", account: AccountName(account.name), receivedAt: clock.now,
            target: "/webhooks/whatsapp-cloud/\(account.name)", headers: [],
            body: Array(repeating: UInt8(ascii: " "), count: size))
    }

    private func message(_ id: Int, _ party: Party) -> Event { message("m-\(id)", party) }

    private func message(_ id: String, _ party: Party, effect: SessionEffect = .moves) -> Event {
        let message = Message(
            type: .text, sender: party.phone?.text, text: "Hello", content: #"{"body":"Hello"}"#)
        return Event(
            externalID: id, channel: .whatsapp, party: party, occurredAt: clock.now, effect: effect,
            content: .message(message))
    }

    private func placeholder(_ id: Int, _ party: Party) -> Event {
        let message = Message(type: .unsupported, sender: party.phone?.text, content: Self.mark)
        return Event(
            externalID: "m-\(id)", channel: .whatsapp, party: party, occurredAt: clock.now, effect: .none,
            content: .message(message))
    }

    private func status(_ id: Int) -> Event {
        // As long as any other, so that a burst's rows are alike in any order.
        let status = MessageStatus(
            status: "sent", recipient: nil, detail: #"{"id":"\#(identifierText(id))"}"#)
        return Event(
            externalID: identifierText(id), channel: .whatsapp, effect: .none, content: .status(status))
    }

    /// In the form of a random id, which `State` replaces.
    private func identifierText(_ id: Int) -> String {
        let digits = String(id)
        return "00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    private func unreadable(_ id: Int) -> Event {
        let error = PayloadError(.field, field: "[0].id", reason: "is missing")
        return Event(
            externalID: "item#\(id)", channel: .whatsapp, effect: .none,
            content: .unreadable(UnreadableItem(index: 0, error: error, record: #"{"number":\#(id)}"#)))
    }

    private func mixed(_ id: Int, _ party: Party) -> [Event] {
        let activity = Event(
            externalID: "a-\(id)", channel: .kiosk, line: "lobby", party: party, occurredAt: clock.now,
            effect: .moves,
            content: .activity(type: "screen.viewed", data: #"{"screen":"cart"}"#))
        let notice = Event(
            externalID: "n-\(id)", channel: .whatsapp, effect: .none,
            content: .notice(type: "account_update", data: "{}"))
        return [message(id, party), status(id), activity, notice, unreadable(id)]
    }
}
