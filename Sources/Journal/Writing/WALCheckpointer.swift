import Dispatch
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
    private let state = Mutex(State())
    private let startAt: Int

    private struct State {
        var frames = 0
        var isCopying = false
        var isNearEnd = false
    }

    /// The rest that the writer copies itself: about a millisecond.
    private static let smallRest = 256

    /// `startAt` is the length of the log, in frames of 4 KiB, from which it is copied back.
    init(path: String, startAt: Int) throws {
        var configuration = Configuration()
        configuration.label = "switchboard.checkpointer"
        // A lower priority than the loops and the writer: of two cores it would take one for tens of milliseconds.
        configuration.qos = .background
        configuration.busyMode = .timeout(1)
        configuration.prepareDatabase { db in
            try db.execute(sql: "PRAGMA wal_autocheckpoint = 0; PRAGMA synchronous = FULL; PRAGMA cache_size = -512")
        }
        connection = try DatabaseQueue(path: path, configuration: configuration)
        self.startAt = startAt
    }

    /// Told the log's length after each commit, on the writer's connection.
    func committed(_ writer: Database, frames: Int) {
        let (mustCopy, mustFinish) = state.withLock { state in
            state.frames = frames
            let mustCopy = frames >= startAt && !state.isCopying && !state.isNearEnd
            state.isCopying = state.isCopying || mustCopy
            defer { state.isNearEnd = false }
            return (mustCopy, state.isNearEnd)
        }
        if mustCopy { connection.asyncWriteWithoutTransaction { self.copy($0) } }
        if mustFinish { _ = try? writer.checkpoint(.passive) }
    }

    /// Each pass leaves what was written during it, which is less than the pass before.
    private func copy(_ db: Database) {
        var passes = 0
        var rest = Int.max
        while rest > Self.smallRest, passes < 8 {
            passes += 1
            guard let copied = try? db.checkpoint(.passive).checkpointedFrameCount else { break }
            syncDatabaseFile(db)
            rest = state.withLock { $0.frames } - copied
        }
        state.withLock { state in
            state.isCopying = false
            state.isNearEnd = true
        }
    }

    /// Brings the copied pages to the disk here. SQLite does so only when the last frame was copied, which is on the writer.
    private func syncDatabaseFile(_ db: Database) {
        var file: UnsafeMutablePointer<sqlite3_file>?
        guard sqlite3_file_control(db.sqliteConnection, "main", SQLITE_FCNTL_FILE_POINTER, &file) == SQLITE_OK, let file else { return }
        _ = file.pointee.pMethods?.pointee.xSync?(file, SQLITE_SYNC_NORMAL)
    }

    /// The writer's connection is closed by now: copies what is left, and closes the file. Whoever is the last to have it open cuts the log;
    /// a verb beside a gateway must not wait for its readers meanwhile, and with it the writer.
    func close() throws {
        _ = try? connection.writeWithoutTransaction { try $0.checkpoint(.passive) }
        try connection.close()
    }
}

/// Keeps the length of the write-ahead log as the last commit left it.
final class WALLength {
    private(set) var frames = 0

    /// SQLite tells the length after each commit; its own checkpointing hangs on the same hook and is replaced.
    func watch(_ db: Database) {
        sqlite3_wal_hook(
            db.sqliteConnection,
            { context, _, _, frames in
                if let context { Unmanaged<WALLength>.fromOpaque(context).takeUnretainedValue().frames = Int(frames) }
                return SQLITE_OK
            }, Unmanaged.passUnretained(self).toOpaque())
    }
}
