import Dispatch
import Foundation
import GRDB
import GRDBSQLite
import Synchronization

/// Copies the write-ahead log back into the database beside the writer, so that no acknowledgement waits for it.
///
/// A checkpoint on the writer's connection stops the writer for tens of milliseconds. Here another connection copies (`PASSIVE`, which
/// blocks nobody) and syncs until little is left. The writer copies only that rest, between two transactions, and the log starts anew.
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
        /// Whether copied pages may be missing on the disk: then everything is copied again first.
        var doubtsCopies = false
        /// After an incomplete copy, no other copy begins before this time.
        var pauseUntil: ContinuousClock.Instant?
        /// The log's length at which the disk's free space is checked next.
        var looksAtSpaceFrom = WALCheckpointer.spaceStep
    }

    /// The disk's free space is checked after this many more frames: one MiB.
    private static let spaceStep = 256
    /// The log is copied back once the disk's free space is less than this many times the log's length.
    private static let room: Int64 = 4

    /// The writer itself copies a rest of at most this many frames: about a millisecond.
    private static let smallRest = 256
    /// If another process's reader holds the log back, this counts as a failure once the log is this many times as long as `copyAt`.
    static let patience = 4
    static let frameBytes: Int64 = 4096 + 24

    /// `report` is called when a failure begins, when its reason changes, and when it is over.
    init(path: String, label: String, limits: LogLimits, report: @escaping @Sendable (LogReport) -> Void) throws {
        var configuration = Configuration()
        configuration.label = label
        // A lower priority than the event loops and the writer: on two cores a copy would otherwise take one of them for tens of
        // milliseconds.
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

    /// The log's state.
    var health: LogHealth {
        state.withLock { state in
            LogHealth(
                bytes: Int64(state.frames) * Self.frameBytes, failure: state.failure, failures: state.failures,
                isHalfFull: state.frames >= limits.mostFrames / 2)
        }
    }

    /// Copies what is in the log at the start into the database, before anything is stored behind it. A killed process may have left pages
    /// there that are only in the system's memory, and the connection's first transactions are not synced either.
    ///
    /// Throws if the disk fails, since anything stored behind such pages could be lost with them. A full disk has no room for new rows
    /// either.
    func copyLeftovers(_ writer: Database) throws {
        do {
            _ = try copyBack(writer)
            try doubting { try WALIndex.syncDatabase(writer) }
        } catch let error as DatabaseError where [.SQLITE_BUSY, .SQLITE_FULL].contains(error.resultCode) {
            failed(.error(error.reason))
        }
    }

    /// Called with the log's length after each commit, on the writer's connection.
    func committed(_ writer: Database, frames: Int) {
        let (mustCopy, mustFinish) = state.withLock { state in
            state.frames = frames
            let isPausing = state.pauseUntil.map { clock.now < $0 } ?? false
            let mayCopy = !state.isCopying && !state.isNearEnd && !isPausing
            // After a failure it is tried again however short the log is, since the journal is not ready until then.
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

    /// Whether the log takes up too much of the disk's free space: on a small or nearly full disk the log would fill the disk before its
    /// length makes it due, and on a full disk it could not be copied.
    private func isCrowdingDisk(_ frames: Int, _ state: inout State) -> Bool {
        if frames < Self.spaceStep { state.looksAtSpaceFrom = Self.spaceStep }
        guard frames >= state.looksAtSpaceFrom else { return false }
        state.looksAtSpaceFrom = frames + Self.spaceStep
        return DiskSpace.free(at: path).map { $0 < Self.room * Int64(frames) * Self.frameBytes } ?? false
    }

    /// Called after a write for which the disk had no room: the log's content may fit into pages that the database already has, and the log
    /// then starts anew in the space of its file.
    func diskWasFull() {
        let isDue = state.withLock { state in
            let isDue = !state.isCopying && !(state.pauseUntil.map { clock.now < $0 } ?? false)
            state.isCopying = state.isCopying || isDue
            return isDue
        }
        if isDue { connection.asyncWriteWithoutTransaction { self.copy($0) } }
    }

    /// Throws if the log has its largest size and cannot be copied back now.
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

    /// Waits at most a second for a copy by the other connection: two cannot run at once, and a copy counts only after it was synced.
    private func copyBackWhenFree(_ writer: Database) throws -> (frames: Int, copied: Int) {
        try whileLocked {
            guard !state.withLock({ $0.isCopying }) else { throw DatabaseError(resultCode: .SQLITE_BUSY) }
            return try copyBack(writer)
        }
    }

    /// Retries for at most a second. SQLite also reports a lock if it reads the log's header while a commit writes it.
    private func whileLocked<Value>(_ body: () throws -> Value) throws -> Value {
        let deadline = clock.now.advanced(by: .seconds(1))
        while true {
            do { return try body() } catch let error as DatabaseError where error.resultCode == .SQLITE_BUSY && clock.now < deadline {
                usleep(2_000)
            }
        }
    }

    /// Copies all frames that no reader holds back. Returns the number of the log's frames, and how many of them have been copied.
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

    /// Any failure except a lock may have been a failed sync, after which it is unknown what the disk has.
    private func doubting<Value>(_ body: () throws -> Value) throws -> Value {
        do { return try body() } catch {
            if (error as? DatabaseError)?.resultCode != .SQLITE_BUSY { state.withLock { $0.doubtsCopies = true } }
            throw error
        }
    }

    /// Each pass leaves only what was written during it, which is less than in the pass before.
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

    /// Copies the rest and closes the file; the writer's connection is closed already. The last process that has the file open truncates
    /// the log. A verb beside a gateway must not wait for the gateway's readers, since the gateway's writer would wait too.
    func close() throws {
        _ = try? connection.writeWithoutTransaction { db in
            // If the log cannot be copied from its beginning now, it is left for the next process that opens the file.
            defer { if state.withLock({ $0.doubtsCopies }), (try? WALIndex.forgetCopies(db)) == nil { WALIndex.keepLog(db) } }
            _ = try copyBack(db)
        }
        try connection.close()
    }
}

/// Keeps the length of the write-ahead log after the last commit.
final class WALLength {
    private(set) var frames = 0

    /// SQLite calls the hook with the log's length after each commit. Its own automatic checkpoint uses the same hook and is replaced.
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
