import Foundation
import GRDB
import Messaging

/// Gives back to the system what removed rows have left empty in a journal's file.
public struct JournalCompaction: Sendable {
    private let path: String

    /// Throws where there is no file.
    public init(path: String) throws(JournalError) {
        try JournalFile.requireThere(path)
        self.path = path
    }

    /// Writes the file anew; its bytes before and after. Throws `unavailable` where somebody else has it open, or the disk has no room for a
    /// second copy; the file is as it was then.
    public func run() async throws(JournalError) -> (before: Int64, after: Int64) {
        do {
            var configuration = GRDB.Configuration()
            configuration.busyMode = .immediateError
            let queue = try DatabaseQueue(path: path, configuration: configuration)
            defer { try? queue.close() }
            let before = try size()
            try await queue.writeWithoutTransaction { db in
                try Self.takeAlone(db)
                try db.execute(sql: "VACUUM")
                try db.execute(sql: "PRAGMA journal_mode = WAL")
            }
            return (before, try size())
        } catch {
            throw JournalError(error)
        }
    }

    /// A file that is open elsewhere cannot leave the write-ahead log: no gateway may wait for us, or begin before we are done.
    private static func takeAlone(_ db: Database) throws {
        do {
            guard try String.fetchOne(db, sql: "PRAGMA journal_mode = DELETE") == "delete" else {
                throw DatabaseError(resultCode: .SQLITE_BUSY)
            }
            try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE; COMMIT")
        } catch let error as DatabaseError where error.resultCode.primaryResultCode == .SQLITE_BUSY {
            throw JournalError(.unavailable, reason: "the journal is in use: stop the gateway first")
        }
    }

    private func size() throws -> Int64 { try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0 }
}
