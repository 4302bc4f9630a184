import GRDB

/// A separate connection to a SQLite file, as another process would have; a transaction stays open until it is ended.
public struct OtherProcess: Sendable {
    private let connection: DatabaseQueue

    /// Opens a file, which may be open elsewhere.
    public init(_ path: String) throws {
        var configuration = Configuration()
        configuration.allowsUnsafeTransactions = true
        connection = try DatabaseQueue(path: path, configuration: configuration)
    }

    /// Runs statements, and reads the rows of queries to the end.
    public func execute(_ sql: String) throws {
        try connection.writeWithoutTransaction { db in
            let statements = try db.allStatements(sql: sql)
            while let statement = try statements.next() { _ = try Row.fetchAll(statement) }
        }
    }

    /// Closes the connection.
    public func close() throws { try connection.close() }
}
