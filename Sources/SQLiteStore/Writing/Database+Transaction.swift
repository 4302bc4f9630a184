public import GRDB

extension Database {
    /// Runs a transaction on a connection that the committer does not use yet. If it fails, no transaction is left open.
    public func transact(_ body: () throws -> Void) throws {
        try inTransaction(.immediate) {
            try body()
            return .commit
        }
    }
}
