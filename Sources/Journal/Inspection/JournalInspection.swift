import Foundation
import Messaging
import SQLiteStore

/// The state of a journal's file; a gateway may be using it.
public struct JournalInspection: Sendable, Equatable {
    /// False before the first start.
    public var isThere = true
    /// Why it cannot be read; nil if it can.
    public var readFailure: String?
    /// What to do about that, if there is more to say than that it must be readable.
    public var rescue: String?
    /// Why it cannot be written to; nil if it can.
    public var writeFailure: String?
    /// Which of its files belong to the wrong user.
    public var ownership = JournalOwnership()
    /// How its tables compare with this program's.
    public var schema = Schema.current
    /// When it was copied, if it is a backup from which no gateway has served yet.
    public var backedUpAt: Instant?
    /// The free bytes on its disk; nil if the system does not report them.
    public var freeSpace: Int64?
    /// The damage that SQLite found in the file; nil if it was not checked, empty if there is none.
    public var damages: [String]?
    /// The rows that the database has not received yet; nil if there is no database.
    public var backlog: OutboxBacklog?

    /// How the file's tables compare with those of this program's version.
    public enum Schema: Sendable, Equatable {
        case current
        /// The file has no tables: a first start was interrupted, or somebody emptied it.
        case empty
        /// The next start will upgrade it.
        case older
        /// A later version of the program wrote it.
        case newer
    }

    /// A journal without problems.
    public init() {}
}

extension JournalInspection {
    /// Inspects a file without changing anything. `target` is the name under which the journal keeps its position in the database;
    /// `checksIntegrity` reads the whole file.
    public static func of(_ path: String, target: String?, checksIntegrity: Bool) async -> JournalInspection {
        var seen = JournalInspection()
        let absence = StoreFile.absence(of: path)
        guard absence != EACCES else {
            seen.readFailure = StoreFile.words(EACCES)
            return seen
        }
        if let impossibility = StoreFile.impossibility(of: path) {
            seen.readFailure = impossibility
            seen.rescue = "correct journal.path, or move that file away"
            return seen
        }
        if let removal = StoreFile.removal(of: path) {
            seen.readFailure = removal
            seen.rescue = StoreFile.rescue
            return seen
        }
        seen.isThere = absence == nil
        seen.freeSpace = DiskSpace.free(at: path)
        guard seen.isThere else {
            seen.writeFailure = folderFailure(of: path)
            return seen
        }
        do throws(JournalError) {
            try await seen.read(JournalReader(anyVersionAt: path), target: target, checksIntegrity: checksIntegrity)
        } catch {
            seen.readFailure = error.reason
            return seen
        }
        seen.ownership = JournalOwnership(of: path)
        do { try await StoreFile.tryToWrite(path) } catch { seen.writeFailure = JournalError(error).reason }
        return seen
    }

    private mutating func read(_ reader: JournalReader, target: String?, checksIntegrity: Bool) async throws(JournalError) {
        schema = try await reader.read { try JournalSchema.age($0) }
        if checksIntegrity {
            damages = try await reader.read { db in
                try db.statement("PRAGMA quick_check(20)").all { $0.string(0) ?? "" }.filter { $0 != "ok" }
            }
        }
        guard schema == .current else { return }
        backedUpAt = try await reader.read { try BackupMark(of: $0)?.time }
        if let target { backlog = try await reader.backlog(of: target) }
    }

    /// Why the file cannot be created: this user must be able to create files in the nearest existing folder.
    private static func folderFailure(of path: String) -> String? {
        let folder = DiskSpace.nearestFolder(of: path)
        return FileManager.default.isWritableFile(atPath: folder) ? nil : "\(folder) may not be written to"
    }
}
