import FaultyVFS
import Foundation
import GRDB
import Journal
import Logging
import Messaging
import SwitchboardTesting

/// A journal on which actions are performed, with a manual clock.
final class Stage {
    let path: String
    private let folder: TemporaryFolder
    let clock: ManualClock
    private var journal: Journal?
    var tokens: [Int: Secret] = [:]
    /// The people who now have their other number.
    var moved: Set<Int> = []

    init() throws {
        folder = try TemporaryFolder()
        path = "\(folder.path)/journal.sqlite"
        clock = ManualClock()
        faulty_watch(folder.path)
    }

    /// A journal with the same settings and time, on the files that a power cut left in a folder.
    init(cut folder: TemporaryFolder, of stage: Stage) {
        self.folder = folder
        path = "\(folder.path)/journal.sqlite"
        clock = stage.clock
    }

    deinit { try? journal?.close() }

    func state() throws -> State { try State(path: path) }

    /// Whether the table of sessions has the times that follow from the rows.
    func areTimesWritten() throws -> Bool {
        let times = "session_id, last_activity, expires_at"
        let file = JournalFile(path: path)
        return try file.rows("SELECT \(times) FROM \(file.currentSessions()) EXCEPT SELECT \(times) FROM sessions").isEmpty
    }

    /// What the worst power cut would now lose of a state; nil if nothing.
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

    /// Closes the journal, which must then be complete by itself.
    func close() throws {
        try journal?.close()
        journal = nil
    }

    /// Called before a step, however often it is attempted: time passes while a journal is closed. Ids of one millisecond are ordered only
    /// within a process, and of two people or sessions with the same time the one with the smaller id counts as older.
    func begin(_ action: Action) {
        if action == .reopen || action == .earlier { clock.advance(by: .milliseconds(1)) }
    }

    /// Opens the journal if it is closed.
    func open() throws -> Journal {
        if let journal { return journal }
        var configuration = Journal.Configuration(
            path: path, adapters: [Self.traits], portfolios: Portfolios(ModelAccount.allCases.map(\.account)),
            minimumFreeSpace: 0, keep: .seconds(5 * 86_400),
            compressAfter: .seconds(6 * 3600), maxSize: 60_000, keepDeadLetters: .seconds(3 * 86_400), maxDeadLetters: 3000,
            keepRefused: true, syncTarget: Self.target, rememberedContacts: 3, pageCache: 64 << 10,
            access: .claimed)
        configuration.copyLogAt = 20
        // Small sizes, so that runs are written, merged and removed all the time.
        (configuration.keysARun, configuration.runsAMerge) = (3, 2)
        configuration.numbersARange = 4
        // With one person, the form of a delivery depends only on the file, not on what was stored since the last failure.
        configuration.peopleAForm = 1
        // Session times are deferred for some steps, then written one by one, and deferred again.
        configuration.unwrittenRows = 12
        configuration.timesATransaction = 1
        let opened = try Journal(
            configuration, logger: Logger(label: "faults") { _ in SwiftLogNoOpLogHandler() },
            now: clock.source)
        journal = opened
        return opened
    }

    private static let target = "db"
    static let mark = #"{"type":"media_placeholder"}"#
    private static let traits = AdapterTraits(kind: "whatsapp-cloud", sender: .provider, placeholders: PlaceholderMarks([mark]))

    /// Performs an action and returns its result, or throws. Calls are counted and may fail only while the journal works.
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
            // The action is finished when the write after it is finished.
            _ = try? await journal.settle([])
            return ""
        case .carry(let limit):
            let page = try await journal.outbox(after: try await journal.reader.position(of: Self.target), limit: limit)
            let depth = try await journal.reader.backlog(of: Self.target).depth
            // This is the last call that may fail: after it has succeeded, a repetition would send more rows.
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
                // The other process has to wait for a lock as well.
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
        case .earlier:
            let closing = journal
            self.journal = nil
            try closing.close()
            // This uses its own SQL statements, which a lock blocks like those of the journal.
            do { try observe { try JournalFile(path: path).makeEarlier() } } catch { throw Refused(reason: "\(error)") }
            _ = try open()
            return ""
        case .takeOver:
            try await journal.takeOverIndexes()
            return ""
        case .probe: return try await probe(journal)
        }
    }

    /// A refusal by something other than the journal's own error.
    struct Refused: Error {
        let reason: String
    }

    /// Reads or changes the file as another process would: its calls are neither counted nor fail.
    private func observe<Value>(_ body: () throws -> Value) rethrows -> Value {
        faulty_enable(0)
        defer { faulty_enable(1) }
        return try body()
    }

    func rows(_ sql: String) throws -> [[String]] {
        try observe {
            try JournalFile(path: path).rows(sql).map {
                $0.split(separator: "|", omittingEmptySubsequences: false).map { String($0) }
            }
        }
    }

    /// Waits until the log has been copied back in the background.
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
