import Foundation
import Journal
import Logging
import Messaging
import SwitchboardTesting
import Telemetry

/// A journal in a temporary folder, with a clock that stands still. Tests read what it stored by a separate connection.
final class TemporaryJournal: Sendable {
    let journal: Journal
    let clock: ManualClock
    let folder: TemporaryFolder
    private let configuration: Journal.Configuration
    private let metrics: PrometheusMetrics
    private let logger: Logger

    /// Runs of keys and ranges of ids are so small that every test exercises runs, merges and ranges.
    convenience init(
        _ sessions: SessionPolicy = SessionPolicy(), portfolios: Portfolios = Portfolios(), minimumFreeSpace: Int64 = 0,
        keep: Duration? = nil, compressAfter: Duration? = nil, maxSize: Int64? = nil, keepDeadLetters: Duration? = nil,
        maxDeadLetters: Int64? = nil, keepRefused: Bool = false, syncTarget: String? = nil,
        rememberedContacts: Int = 1000, unwrittenRows: Int = 16_384, maxLog: Int64 = 4 << 30, lockTimeout: Duration = .seconds(5),
        access: Journal.Access = .shared, keysARun: Int = 3, runsAMerge: Int = 2, keyMemory: Int = 1 << 20,
        numbersARange: Int = 4, peopleAForm: Int? = nil, clockPatience: Duration = .zero,
        metrics: PrometheusMetrics = PrometheusMetrics(), logger: Logger = .silent
    ) throws {
        let folder = try TemporaryFolder()
        var configuration = Journal.Configuration(
            path: "\(folder.path)/kept/journal.sqlite", adapters: [.testing], sessions: sessions, portfolios: portfolios,
            minimumFreeSpace: minimumFreeSpace, keep: keep, compressAfter: compressAfter, maxSize: maxSize,
            keepDeadLetters: keepDeadLetters, maxDeadLetters: maxDeadLetters, keepRefused: keepRefused,
            syncTarget: syncTarget, rememberedContacts: rememberedContacts, keyMemory: keyMemory, maxLog: maxLog,
            lockTimeout: lockTimeout, access: access)
        (configuration.keysARun, configuration.runsAMerge) = (keysARun, runsAMerge)
        configuration.numbersARange = numbersARange
        configuration.peopleAForm = peopleAForm
        configuration.clockPatience = clockPatience
        configuration.unwrittenRows = unwrittenRows
        // So small that even a small test needs several transactions.
        configuration.timesATransaction = 2
        try self.init(configuration, metrics, logger, in: folder, clock: ManualClock())
    }

    private init(
        _ configuration: Journal.Configuration, _ metrics: PrometheusMetrics, _ logger: Logger, in folder: TemporaryFolder,
        clock: ManualClock
    ) throws {
        self.metrics = metrics
        self.logger = logger
        self.configuration = configuration
        self.folder = folder
        self.clock = clock
        journal = try Journal(configuration, metrics: metrics, logger: logger, now: clock.source)
    }

    deinit { try? journal.close() }

    var path: String { configuration.path }

    /// Closes the journal and opens the same file again, with other portfolios and another size of runs if given.
    func reopened(with portfolios: Portfolios? = nil, keysARun: Int? = nil) throws -> TemporaryJournal {
        try journal.close()
        var configuration = configuration
        if let keysARun { configuration.keysARun = keysARun }
        if let portfolios { configuration.portfolios = portfolios }
        return try TemporaryJournal(configuration, metrics, logger, in: folder, clock: clock)
    }

    /// A second journal on the same file, as another process has it, with another number of runs per merge if given.
    func besides(runsAMerge: Int? = nil) throws -> TemporaryJournal {
        var configuration = configuration
        configuration.access = .shared
        if let runsAMerge { configuration.runsAMerge = runsAMerge }
        return try TemporaryJournal(configuration, metrics, logger, in: folder, clock: clock)
    }

    /// Converts the file, which must be closed, to the version before keys were in runs.
    func makeEarlier() throws { try file.makeEarlier() }

    /// Converts the file, which must be closed, to the version before ranges of ids.
    func makeIDsUnique() throws { try file.makeIDsUnique() }

    /// Converts the file, which must be closed, to the version before forms of deliveries.
    func makeWhole() throws { try file.makeWhole() }

    /// A journal on a copy of the files that `kill -9` would leave now, with another session policy if given.
    func killed(_ sessions: SessionPolicy? = nil) throws -> TemporaryJournal {
        let (folder, configuration) = try left(sessions)
        return try TemporaryJournal(configuration, metrics, logger, in: folder, clock: clock)
    }

    /// A reader of such a copy, as a command has it.
    func readerOfKilled() throws -> (folder: TemporaryFolder, reader: JournalReader) {
        let (folder, configuration) = try left(nil)
        return (folder, try JournalReader(path: configuration.path, now: clock.source))
    }

    private func left(_ sessions: SessionPolicy?) throws -> (TemporaryFolder, Journal.Configuration) {
        let folder = try TemporaryFolder()
        var configuration = configuration
        configuration.path = "\(folder.path)/journal.sqlite"
        if let sessions { configuration.sessions = sessions }
        for suffix in ["", "-wal"] { try FileManager.default.copyItem(atPath: path + suffix, toPath: configuration.path + suffix) }
        return (folder, configuration)
    }

    func delivery(_ body: String = "{}", account: AccountName = "main", headers: [Delivery.Header] = []) -> Delivery {
        Delivery(
            adapter: "whatsapp-cloud", account: account, receivedAt: clock.now, target: "/webhooks/whatsapp-cloud/\(account)",
            headers: headers, body: Array(body.utf8))
    }

    @discardableResult
    func accept(_ events: Event..., account: AccountName = "main") async throws -> Receipt {
        try await accept(delivery(account: account), events)
    }

    @discardableResult
    func accept(_ delivery: Delivery, _ events: [Event]) async throws -> Receipt {
        let outcome = try await journal.accept(delivery, events)
        guard case .taken(let receipt) = outcome else { throw Unexpected(what: "\(outcome)") }
        return receipt
    }

    /// The session that a start creates or restores; throws if the start is a conflict.
    @discardableResult
    func start(_ phone: String, on channel: Channel = .chat, customer: String? = nil, metadata: String? = nil) async throws -> Session {
        switch try await outcome(phone, on: channel, customer: customer, metadata: metadata) {
        case .created(let session), .restored(let session): return session
        case let other: throw Unexpected(what: "\(String(describing: other))")
        }
    }

    func outcome(
        _ phone: String, on channel: Channel = .chat, customer: String? = nil, metadata: String? = nil
    ) async throws -> StartOutcome? {
        let phone = ReceivedPhone(phone, region: "IN")
        return try await journal.start(StartRequest(phone: phone, channel: channel, customerID: customer, metadata: metadata))
    }

    /// The stored session with this id.
    func session(_ id: SessionID) async throws -> Session {
        guard let session = try await journal.reader.session(id) else { throw Unexpected(what: "no session \(id)") }
        return session
    }

    /// All sessions, in the order in which they were opened.
    func sessions() async throws -> [Session] {
        try await journal.reader.sessions(limit: 1000).sorted { $0.id.description < $1.id.description }
    }
}

/// The preparation of a test did not have the expected result.
struct Unexpected: Error {
    let what: String
}

extension AdapterTraits {
    /// The traits of the adapter whose deliveries these tests store.
    static let testing = AdapterTraits(
        kind: "whatsapp-cloud", sender: .provider, keptHeaders: ["x-hub-signature-256", "ce-*"],
        statusRanks: [
            "sent": 10, "failed": 20, "undelivered": 20, "rejected": 20, "delivered": 30, "read": 40, "played": 50, "deleted": 60,
        ],
        placeholders: PlaceholderMarks([#"{"type":"media_placeholder"}"#, #"{"errors":[{"code":131060}]}"#]),
        passingContext: ["history_status"])
}

extension Logger {
    static let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
}

extension TemporaryJournal {
    var file: JournalFile { JournalFile(path: path) }

    func rows(_ sql: String) throws -> [String] { try file.rows(sql) }
    func bytes(_ sql: String) throws -> [UInt8]? { try file.bytes(sql) }
    func count(_ table: String) throws -> Int { try file.count(table) }
    func counts() throws -> [Int] { try file.counts() }
    func execute(_ sql: String) throws { try file.execute(sql) }
}
