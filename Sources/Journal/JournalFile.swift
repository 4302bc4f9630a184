import Foundation
import Logging
import Messaging
import SQLiteStore
import Watchdog

/// Opens a journal's file and logs its state.
enum JournalFile {
    /// Opens the file for writing, creates it if it does not exist, and upgrades its tables.
    static func open(
        _ configuration: Journal.Configuration, portfolios: CurrentPortfolios, unwritten: UnwrittenTimes, board: WorkBoard,
        signal: CommitSignal, metrics: CommitMetrics,
        logger: Logger, now: @escaping TimeSource
    ) throws -> WritableFile<JournalWriter> {
        try WritableFile(
            configuration.fileSettings, board: board, signal: signal, recognize: JournalSchema.requireOurs, migrate: JournalSchema.migrate,
            onLog: { logger.report($0) },
            onFailure: { error, writes in
                logger.error(
                    "a transaction of the journal failed",
                    metadata: ["error": "\(JournalError(error))", "journal.writes": .stringConvertible(writes)])
            },
            makeWriter: { db in
                if configuration.access == .claimed { try BackupMark.take(from: db, logger) }
                return try JournalWriter(
                    db, adapters: configuration.traits, policy: configuration.sessions, portfolios: portfolios,
                    capacity: configuration.contactCapacity, keySizes: configuration.keySizes, rangeWidth: configuration.rangeWidth,
                    formLimits: configuration.formLimits, patience: configuration.patience, unwritten: unwritten, metrics: metrics,
                    logger: logger, now: now)
            })
    }

    /// Throws `unusable` if there is no file, or if this user cannot see whether there is one.
    static func requireThere(_ path: String) throws(JournalError) {
        guard let code = StoreFile.absence(of: path) else { return }
        if let removal = StoreFile.removal(of: path) { throw JournalError(.unusable, reason: "\(path): \(removal). \(StoreFile.rescue)") }
        if let impossibility = StoreFile.impossibility(of: path) { throw JournalError(.unusable, reason: "\(path): \(impossibility)") }
        throw code == ENOENT || code == ENOTDIR
            ? JournalError.absence(of: path) : JournalError(.unusable, reason: "\(path): \(StoreFile.words(code))")
    }
}

extension Journal.Configuration {
    fileprivate var fileSettings: WritableFileSettings {
        WritableFileSettings(
            path: path, label: "switchboard.journal", isClaimed: access == .claimed, lockTimeout: lockTimeout, pageCache: pageCache,
            maxLog: maxLog, copyLogAt: copyLogAt)
    }

    fileprivate var contactCapacity: ContactCache.Capacity {
        ContactCache.Capacity(contacts: rememberedContacts, bytes: contactMemory)
    }

    fileprivate var keySizes: KeySizes {
        var sizes = KeySizes(filterMemory: keyMemory)
        if let keysARun { sizes.keysAPart = max(1, keysARun) }
        if let runsAMerge { sizes.runsAMerge = max(2, runsAMerge) }
        return sizes
    }

    fileprivate var rangeWidth: Int64 { numbersARange.map { Int64(max(1, $0)) } ?? IDRangeTable.width }

    fileprivate var formLimits: FormLimits {
        var limits = FormLimits()
        if let peopleAForm { limits.people = max(1, peopleAForm) }
        return limits
    }

    /// Readers of other processes would have to derive deferred times, and a verb has few transactions.
    fileprivate var patience: SessionTimes.Patience {
        SessionTimes.Patience(rows: access == .claimed ? max(0, unwrittenRows) : 0, portion: max(1, timesATransaction))
    }

    /// If two adapters have the same kind, the later one counts.
    fileprivate var traits: [AdapterKind: AdapterTraits] { Dictionary(adapters.map { ($0.kind, $0) }) { _, later in later } }
}

extension Logger {
    fileprivate func report(_ report: LogReport) {
        switch report {
        case .failing(let failure, let bytes):
            error(
                "the journal's write-ahead log cannot be copied back into the journal file and keeps growing",
                metadata: ["journal.reason": "\(failure.reason)", "journal.log_bytes": .stringConvertible(bytes)])
        case .recovered: notice("the journal's write-ahead log is copied back into the journal file again")
        }
    }
}

extension LogFailure {
    /// The reason as a text for operators.
    var reason: String {
        switch self {
        case .error(let reason): reason
        case .heldBack: "a process has been reading the journal in one transaction for long; `fuser -v` on the file shows which, end it"
        }
    }
}
