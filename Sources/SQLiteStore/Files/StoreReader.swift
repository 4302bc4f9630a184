import Foundation
public import GRDB

/// Reads a file in consistent snapshots, without waiting for its writer.
public struct StoreReader: Sendable {
    private let connections: any DatabaseReader

    /// Opens a file that another process may be writing to, for reading only.
    public init(path: String) throws { connections = try StoreFile.openToRead(path) }

    /// Reads through connections that are already open.
    public init(_ connections: any DatabaseReader) { self.connections = connections }

    /// Runs queries on one snapshot and blocks the calling thread meanwhile: for checks while a file is opened.
    public func readBlocking<Value>(_ query: (Database) throws -> Value) throws -> Value {
        try connections.unsafeRead { try ReadTransaction.run(query, $0) }
    }

    /// Runs queries on one snapshot.
    public func read<Value: Sendable>(_ query: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await connections.unsafeRead { try ReadTransaction.run(query, $0) }
    }

    /// Runs queries on one snapshot of a file that may be damaged. If a page could not be read, ending the transaction may fail too, and
    /// that error must not hide the results.
    public func readDamaged<Value: Sendable>(_ query: @escaping @Sendable (Database) throws -> Value) async throws -> Value {
        try await connections.unsafeRead { db in
            let transaction = try ReadTransaction(db)
            defer {
                try? transaction.commit()
                transaction.end()
            }
            return try query(db)
        }
    }

    /// Copies a snapshot of the file while others may write to it, and returns the copy's size in bytes. The copy is checked, and is
    /// readable only by its owner. Throws `unusable` if `path` exists; that file is left unchanged. Throws `busy` while another copy is
    /// being made.
    ///
    /// The copy gets its name once it is complete and on the disk. If the process is killed earlier, only `.NAME.….partial` is left. Its
    /// header has `mark` as SQLite's `user_version`.
    public func backUp(to path: String, marking mark: Int32 = 0) async throws -> Int64 {
        let turn = try CopyTurn(connections.path)
        defer { extendLifetime(turn) }
        let file = try PartialFile(path)
        let copied = file.path
        try await read { source in
            let copy = try DatabaseQueue(path: copied)
            // All pages in one step: a commit between two steps would restart the copy.
            try copy.writeWithoutTransaction { try source.backup(to: $0) }
            try copy.writeWithoutTransaction { db in
                // The copy is a single file, with nothing beside it.
                try db.execute(sql: "PRAGMA journal_mode = DELETE; PRAGMA user_version = \(mark)")
                let problems = try db.statement("PRAGMA integrity_check").all { $0.string(0) ?? "" }.filter { $0 != "ok" }
                guard problems.isEmpty else { throw StoreError(.unusable, "the copy is damaged: \(problems.joined(separator: "; "))") }
            }
            try copy.close()
        }
        let bytes = try StoreFile.size(copied)
        try file.finish()
        return bytes
    }
}

/// The transaction of a snapshot. GRDB ends the process if a transaction is left open. So the statements that end it are prepared before it
/// begins, in case memory is short later. GRDB runs all three statements, since it keeps track of transactions.
private struct ReadTransaction {
    private let db: Database
    private let committing: Statement
    private let endingAnyhow: Statement

    init(_ db: Database) throws {
        self.db = db
        committing = try db.cachedStatement(sql: "COMMIT")
        endingAnyhow = try db.cachedStatement(sql: "ROLLBACK")
        try db.cachedStatement(sql: "BEGIN").execute()
    }

    static func run<Value>(_ query: (Database) throws -> Value, _ db: Database) throws -> Value {
        let transaction = try ReadTransaction(db)
        do {
            let value = try query(db)
            try transaction.commit()
            return value
        } catch {
            transaction.end()
            throw error
        }
    }

    func commit() throws { try committing.execute() }

    func end() {
        if db.isInsideTransaction { try? endingAnyhow.execute() }
    }
}
