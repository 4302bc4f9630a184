public import GRDB

extension Database {
    /// Writes in a transaction of its own, on a connection that is not the committer's yet. Where it fails nothing is left open.
    public func transact(_ body: () throws -> Void) throws {
        try inTransaction(.immediate) {
            try body()
            return .commit
        }
    }
}
