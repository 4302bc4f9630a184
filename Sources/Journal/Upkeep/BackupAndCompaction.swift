import Logging
import Messaging
import SQLiteStore

extension JournalReader {
    /// Writes a copy of the journal as it is at one moment, while others may write to it; returns its size in bytes. The copy is checked
    /// before this returns, and is readable only by its owner. Throws `unusable` if a file exists at `path`; that file is left unchanged.
    /// Throws `busy` while another copy is being made, by whatever process.
    ///
    /// The copy gets its name once it is complete and on the disk: a backup that is killed leaves only `.NAME.….partial` behind.
    public func backUp(to path: String) async throws(JournalError) -> Int64 {
        do { return try await file.backUp(to: path, marking: BackupMark(at: now()).minutes) } catch { throw JournalError(error) }
    }
}

/// When a file was copied by `backUp`: its header says so until a gateway serves from the copy. The shared database may have newer rows.
struct BackupMark {
    /// The minutes since 1970; 0 in a file that is no such copy.
    let minutes: Int32

    init(at instant: Instant) { minutes = Int32(clamping: instant.milliseconds / 60_000) }

    /// The mark of a file; nil if it has none.
    init?(of db: Database) throws {
        let stored = try db.statement("PRAGMA user_version").first { $0.integer(0) } ?? 0
        guard stored > 0 else { return nil }
        minutes = Int32(clamping: stored)
    }

    /// The time of the copy, in whole minutes.
    var time: Instant { Instant(milliseconds: Int64(minutes) * 60_000) }

    /// Logs that the gateway now serves from a copy, and removes the mark.
    static func take(from db: Database, _ logger: Logger) throws {
        guard let mark = try BackupMark(of: db) else { return }
        try db.statement("PRAGMA user_version = 0").run { _ in }
        logger.notice(
            "the journal is a restored backup: the database may have newer rows", metadata: ["journal.backed_up_at": "\(mark.time)"])
    }
}

/// Returns the space that removed rows have left in a journal's file to the system.
public struct JournalCompaction: Sendable {
    private let path: String

    /// Throws `unusable` if there is no file, or if it is not a journal. A journal of an earlier version is accepted.
    public init(path: String) throws(JournalError) {
        let reader = try JournalReader(anyVersionAt: path)
        do { try reader.file.readBlocking(JournalSchema.requireJournal) } catch { throw JournalError(opening: path, error) }
        self.path = path
    }

    /// Rewrites the file; returns its sizes in bytes before and after. Throws `unavailable` if another process has it open, or if the disk
    /// has no room for a second copy; then the file is unchanged.
    public func run() async throws(JournalError) -> (before: Int64, after: Int64) {
        do { return try await StoreFile.compact(path, prepare: JournalSchema.prepareCompaction) } catch { throw JournalError(error) }
    }
}
