import Foundation
import GRDB
import Messaging

/// What a journal's file tells of itself; the gateway may be running on it.
public struct JournalInspection: Sendable, Equatable {
    /// False before the first start.
    public var isThere = true
    /// Why it cannot be read; nil where it can.
    public var readFailure: String?
    /// Why it cannot be written to; nil where it can.
    public var writeFailure: String?
    /// How its tables compare with this program's.
    public var schema = Schema.current
    /// Bytes free on its disk; nil where the system does not tell.
    public var freeSpace: Int64?
    /// What SQLite found wrong in the file; nil where it was not asked, empty where it found nothing.
    public var damages: [String]?
    /// Dead letters that nobody has resolved.
    public var openDeadLetters = 0
    /// What the database has not got; nil where none was named.
    public var backlog: OutboxBacklog?

    /// An age of the tables.
    public enum Schema: Sendable, Equatable {
        case current
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
        let absence = JournalFile.absence(of: path)
        guard absence != EACCES else {
            seen.readFailure = JournalFile.reason(EACCES)
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
        seen.writeFailure = await writeFailure(of: path)
        return seen
    }

    private mutating func read(_ reader: JournalReader, target: String?, checksIntegrity: Bool) async throws(JournalError) {
        schema = try await reader.read { db in
            if try JournalSchema.migrator.hasBeenSuperseded(db) { return .newer }
            return try JournalSchema.migrator.hasCompletedMigrations(db) ? .current : .older
        }
        if checksIntegrity {
            damages = try await reader.read { try String.fetchAll($0, sql: "PRAGMA quick_check(20)").filter { $0 != "ok" } }
        }
        guard schema == .current else { return }
        openDeadLetters = try await reader.read {
            try Int.fetchOne($0, sql: "SELECT count(*) FROM dead_letters WHERE resolved_at IS NULL") ?? 0
        }
        if let target { backlog = try await reader.backlog(of: target) }
    }

    /// Writes a row and takes it back.
    private static func writeFailure(of path: String) async -> String? {
        var configuration = GRDB.Configuration()
        configuration.busyMode = .timeout(5)
        do {
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            try await queue.writeWithoutTransaction { db in
                try db.inTransaction(.immediate) {
                    try db.execute(sql: "CREATE TABLE doctor (id INTEGER)")
                    return .rollback
                }
            }
            return nil
        } catch {
            return JournalError(error).reason
        }
    }

    /// Why the file cannot be made: the nearest folder that there is must let us in.
    private static func folderFailure(of path: String) -> String? {
        let folder = DiskSpace.nearestFolder(of: path)
        return FileManager.default.isWritableFile(atPath: folder) ? nil : "\(folder) may not be written to"
    }
}
