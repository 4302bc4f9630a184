import Foundation
import GRDB
import Messaging

extension JournalReader {
    /// Writes a copy of the journal as it is at one moment, beside whoever writes to it; the copy is checked before this returns, and is
    /// readable by its owner alone. Its bytes are returned. Throws `unusable` where there is a file already, which stays as it is.
    ///
    /// The copy gets its name once it is whole and on the disk: a backup that is killed leaves `.NAME.….partial` behind and nothing else.
    public func backUp(to path: String) async throws(JournalError) -> Int64 {
        do {
            let file = try PartialFile(path)
            let bytes = try await copy(to: file.path)
            try file.finish()
            return bytes
        } catch {
            throw JournalError(error)
        }
    }

    private func copy(to path: String) async throws -> Int64 {
        try await readConsistently { source in
            let copy = try DatabaseQueue(path: path)
            // All pages in one step: a commit between two would begin the copy anew.
            try copy.writeWithoutTransaction { try source.backup(to: $0) }
            try copy.writeWithoutTransaction { db in
                // One file, with nothing beside it.
                try db.execute(sql: "PRAGMA journal_mode = DELETE")
                let problems = try String.fetchAll(db, sql: "PRAGMA integrity_check").filter { $0 != "ok" }
                guard problems.isEmpty else {
                    throw JournalError(.unusable, reason: "the copy is damaged: \(problems.joined(separator: "; "))")
                }
            }
            try copy.close()
        }
        return try FileManager.default.attributesOfItem(atPath: path)[.size] as? Int64 ?? 0
    }
}
