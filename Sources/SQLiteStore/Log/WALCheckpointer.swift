import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// Copies the write-ahead log back into the database beside the writer, so that no acknowledgement waits for it.
///
/// A checkpoint on the writer's connection stops it for tens of milliseconds. Here another connection copies (`PASSIVE`, which
/// hinders nobody) and syncs until little is left; only that rest is copied by the writer between two transactions, and the log
/// begins anew.
final class WALCheckpointer: Sendable {
    private let connection: DatabaseQueue
    private let writes: PacedWrites
    private let state = Mutex(State())
    private let limits: LogLimits
    private let path: String
    private let report: @Sendable (LogReport) -> Void
    private let clock = ContinuousClock()

    private struct State {
        var frames = 0
        var isCopying = false
        var isNearEnd = false
        var failure: LogFailure?
        var failures = 0
        /// Whether the disk may lack what was copied: it is all copied again first.
        var doubtsCopies = false
        /// After a copy that did not get to the end: none before then.
        var pauseUntil: ContinuousClock.Instant?
        /// The length at which the disk's free space is looked at next.
        var looksAtSpaceFrom = WALCheckpointer.spaceStep
    }

    /// After how many frames more the disk's free space is looked at: one MiB.
    private static let spaceStep = 256
    /// A log is copied back once the disk has less room than so many of its lengths.
    private static let room: Int64 = 4

    /// The rest that the writer copies itself: about a millisecond.
    private static let smallRest = 256
    /// What a log that another process's reader holds back may reach, in lengths of `copyAt`, before it counts as a failure.
    static let patience = 4
    static let frameBytes: Int64 = 4096 + 24

    /// `report` is called when a failure begins, when its reason changes, and when it is over.
    init(path: String, label: String, limits: LogLimits, report: @escaping @Sendable (LogReport) -> Void) throws {
        var configuration = Configuration()
        configuration.label = label
        // A lower priority than the loops and the writer: of two cores it would take one for tens of milliseconds.
        configuration.qos = .background
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; PRAGMA cache_size = -512")
        }
        connection = try DatabaseQueue(path: path, configuration: configuration)
        writes = try connection.writeWithoutTransaction { try PacedWrites($0) }
        self.limits = limits
        self.path = path
        self.report = report
    }

    /// How the log is.
    var health: LogHealth {
        state.withLock { state in
            LogHealth(
                bytes: Int64(state.frames) * Self.frameBytes, failure: state.failure, failures: state.failures,
                isHalfFull: state.frames >= limits.mostFrames / 2)
        }
    }

    /// Brings what is in the log at the start into the database, before anything is stored behind it. A process that was killed may have left
    /// there what only the system's memory has, and the connection's first transactions are not synced either.
    ///
    /// Throws where the disk fails: what was stored behind it could be lost with it. A disk that is full has no room for what is stored either.
    func copyLeftovers(_ writer: Database) throws {
        do {
            _ = try copyBack(writer)
            try doubting { try WALIndex.syncDatabase(writer) }
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_FULL].contains(error.resultCode) {
            failed(.error(error.reason))
        }
    }

    /// Told the log's length after each commit, on the writer's connection.
    func committed(_ writer: Database, frames: Int) {
        let (mustCopy, mustFinish) = state.withLock { state in
            state.frames = frames
            let isPausing = state.pauseUntil.map { clock.now < $0 } ?? false
            let mayCopy = !state.isCopying && !state.isNearEnd && !isPausing
            // After a failure it is tried again, however short the log is: until then the journal is not ready.
            let isDue = frames >= limits.copyAt || state.failure != nil || isCrowdingDisk(frames, &state)
            let mustCopy = mayCopy && isDue
            state.isCopying = state.isCopying || mustCopy
            defer { state.isNearEnd = false }
            return (mustCopy, state.isNearEnd && !state.isCopying)
        }
        if mustCopy { connection.asyncWriteWithoutTransaction { self.copy($0) } }
        guard mustFinish else { return }
        do { _ = try copyBack(writer) } catch { failed(.error(error.reason)) }
    }

    /// Whether so long a log takes a good part of what room the disk has: on a small or nearly full disk it would fill it before it is copied
    /// back by its length, and with a full disk it could not be.
    private func isCrowdingDisk(_ frames: Int, _ state: inout State) -> Bool {
        if frames < Self.spaceStep { state.looksAtSpaceFrom = Self.spaceStep }
        guard frames >= state.looksAtSpaceFrom else { return false }
        state.looksAtSpaceFrom = frames + Self.spaceStep
        return DiskSpace.free(at: path).map { $0 < Self.room * Int64(frames) * Self.frameBytes } ?? false
    }

    /// After a write for which the disk had no room: what the log holds already may be copied into pages that the database has, and the log
    /// then begins anew in the room that it has.
    func diskWasFull() {
        let isDue = state.withLock { state in
            let isDue = !state.isCopying && !(state.pauseUntil.map { clock.now < $0 } ?? false)
            state.isCopying = state.isCopying || isDue
            return isDue
        }
        if isDue { connection.asyncWriteWithoutTransaction { self.copy($0) } }
    }

    /// Throws where the log is as long as it may be and cannot be copied back now.
    func checkRoom(_ writer: Database) throws(LogFullError) {
        guard state.withLock({ $0.frames >= limits.mostFrames }) else { return }
        do {
            let result = try copyBackWhenFree(writer)
            if result.copied >= result.frames { return succeeded() }
            failed(.heldBack)
        } catch {
            failed(.error(error.reason))
        }
        throw LogFullError(failure: state.withLock { $0.failure } ?? .heldBack)
    }

    /// Waits a second at most for a copy that is being made beside the writer: two cannot be made at once, and what it copied counts only
    /// once it has synced it.
    private func copyBackWhenFree(_ writer: Database) throws -> (frames: Int, copied: Int) {
        try whileLocked {
            guard !state.withLock({ $0.isCopying }) else { throw DatabaseError(resultCode: .SQLITE_BUSY) }
            return try copyBack(writer)
        }
    }

    /// Tries again for a second at most. A lock is also what SQLite answers where it reads the log's header while a commit writes it.
    private func whileLocked<Value>(_ body: () throws -> Value) throws -> Value {
        let deadline = clock.now.advanced(by: .seconds(1))
        while true {
            do { return try body() } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && clock.now < deadline {
                usleep(2_000)
            }
        }
    }

    /// Copies what no reader holds back. Says how many frames the log has, and how many of them were copied by now.
    private func copyBack(_ db: Database) throws -> (frames: Int, copied: Int) {
        if state.withLock({ $0.doubtsCopies }) {
            try WALIndex.forgetCopies(db)
            state.withLock { $0.doubtsCopies = false }
        }
        return try doubting {
            let result = try db.checkpoint(.passive)
            return (result.walFrameCount, result.checkpointedFrameCount)
        }
    }

    /// Whatever fails but for a lock may have been a sync, after which the disk has what it has.
    private func doubting<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            if (error as? DatabaseError)?.resultCode != .SQLITE_BUSY { state.withLock { $0.doubtsCopies = true } }
            throw error
        }
    }

    /// Each pass leaves what was written during it, which is less than the pass before.
    private func copy(_ db: Database) {
        var rest = Int.max
        var failure: LogFailure?
        for _ in 0..<8 where rest > Self.smallRest && failure == nil {
            do {
                let copied = try whileLocked { try writes.pacing { try copyBack(db).copied } }
                try doubting { try WALIndex.syncDatabase(db) }
                rest = state.withLock { $0.frames } - copied
            } catch {
                failure = .error(error.reason)
            }
        }
        let frames = state.withLock { $0.frames }
        if failure == nil, rest > limits.copyAt, frames > Self.patience * limits.copyAt { failure = .heldBack }
        state.withLock { state in
            state.isCopying = false
            state.isNearEnd = rest <= Self.smallRest
            state.pauseUntil = rest <= Self.smallRest ? nil : clock.now.advanced(by: .seconds(1))
        }
        if let failure { failed(failure) } else if rest <= Self.smallRest { succeeded() }
    }

    private func failed(_ failure: LogFailure) {
        let (isNews, frames) = state.withLock { state in
            defer { state.failure = failure }
            state.failures += 1
            return (state.failure != failure, state.frames)
        }
        if isNews { report(.failing(failure, bytes: Int64(frames) * Self.frameBytes)) }
    }

    private func succeeded() {
        let wasFailing = state.withLock { state in
            defer { state.failure = nil }
            return state.failure != nil
        }
        if wasFailing { report(.recovered) }
    }

    /// The writer's connection is closed by now: copies what is left, and closes the file. Whoever is the last to have it open cuts the log;
    /// a verb beside a gateway must not wait for its readers meanwhile, and with it the writer.
    func close() throws {
        _ = try? connection.writeWithoutTransaction { db in
            // Where the log cannot be copied from its beginning now, it stays for the next who opens it.
            defer { if state.withLock({ $0.doubtsCopies }), (try? WALIndex.forgetCopies(db)) == nil { WALIndex.keepLog(db) } }
            _ = try copyBack(db)
        }
        try connection.close()
    }
}

/// Keeps the length of the write-ahead log as the last commit left it.
final class WALLength {
    private(set) var frames = 0

    /// SQLite tells the length after each commit; its own checkpointing hangs on the same hook and is replaced.
    func watch(_ db: Database) {
        unsafe sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, frames in
                guard let context = unsafe context else { return SQLITE_OK }
                unsafe Unmanaged<WALLength>.fromOpaque(context).takeUnretainedValue().frames = Int(frames)
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
