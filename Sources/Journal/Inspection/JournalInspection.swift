import Foundation
import Messaging
import SQLiteStore

/// What a journal's file tells of itself; the gateway may be running on it.
public struct JournalInspection: Sendable, Equatable {
    /// False before the first start.
    public var isThere = true
    /// Why it cannot be read; nil where it can.
    public var readFailure: String?
    /// What to do about that, where more can be said than that it must be readable.
    public var rescue: String?
    /// Why it cannot be written to; nil where it can.
    public var writeFailure: String?
    /// Whose its files are.
    public var ownership = JournalOwnership()
    /// How its tables compare with this program's.
    public var schema = Schema.current
    /// Bytes free on its disk; nil where the system does not tell.
    public var freeSpace: Int64?
    /// What SQLite found wrong in the file; nil where it was not asked, empty where it found nothing.
    public var damages: [String]?
    /// What the database has not got; nil where none was named.
    public var backlog: OutboxBacklog?

    /// An age of the tables.
    public enum Schema: Sendable, Equatable {
        case current
        /// The file has no tables at all: a first start made it and went no further, or somebody emptied it.
        case empty
        /// The next start brings it up to date.
        case older
        /// A later version of the program was there.
        case newer
    }

    /// One that is as it should be.
    public init() {}
}

extension JournalInspection {
    /// Looks at a file, and changes nothing. `target` is what the journal calls the database; `checksIntegrity` reads all of the file.
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
        if let target { backlog = try await reader.backlog(of: target) }
    }

    /// Why the file cannot be made: the nearest folder that there is must let us in.
    private static func folderFailure(of path: String) -> String? {
        let folder = DiskSpace.nearestFolder(of: path)
        return FileManager.default.isWritableFile(atPath: folder) ? nil : "\(folder) may not be written to"
    }
}
