import Foundation
import GRDB
import Messaging

extension JournalReader {
    /// Writes a copy of the journal as it is at one moment, beside whoever writes to it; the copy is checked before this returns, and is
    /// readable by its owner alone. Its bytes are returned. Throws `unusable` where there is a file already, which stays as it is.
    public func backUp(to path: String) async throws(JournalError) -> Int64 {
        let descriptor = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else {
            throw JournalError(
                .unusable, reason: "\(path): \(errno == EEXIST ? "there is a file already" : String(cString: strerror(errno)))")
        }
        Foundation.close(descriptor)
        do {
            return try await copy(to: path)
        } catch {
            for suffix in ["", "-wal", "-shm", "-journal"] { unlink(path + suffix) }
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
