import Messaging
import SQLiteStore

extension JournalReader {
    /// Writes a copy of the journal as it is at one moment, beside whoever writes to it; the copy is checked before this returns, and is
    /// readable by its owner alone. Its bytes are returned. Throws `unusable` where there is a file already, which stays as it is.
    ///
    /// The copy gets its name once it is whole and on the disk: a backup that is killed leaves `.NAME.….partial` behind and nothing else.
    public func backUp(to path: String) async throws(JournalError) -> Int64 {
        do { return try await file.backUp(to: path) } catch { throw JournalError(error) }
    }
}

/// Gives back to the system what removed rows have left empty in a journal's file.
public struct JournalCompaction: Sendable {
    private let path: String

    /// Throws `unusable` where there is no file, or one that is not a journal. One of an earlier version is.
    public init(path: String) throws(JournalError) {
        let reader = try JournalReader(anyVersionAt: path)
        do { try reader.file.readBlocking(JournalSchema.requireJournal) } catch { throw JournalError(opening: path, error) }
        self.path = path
    }

    /// Writes the file anew; its bytes before and after. Throws `unavailable` where somebody else has it open, or the disk has no room for a
    /// second copy; the file is as it was then.
    public func run() async throws(JournalError) -> (before: Int64, after: Int64) {
        do { return try await StoreFile.compact(path, prepare: JournalSchema.prepareCompaction) } catch { throw JournalError(error) }
    }
}
