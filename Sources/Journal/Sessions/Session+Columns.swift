import GRDB
import JSON
import Messaging

extension Session {
    /// Reads a row of `SessionTable.columns`; nil where a value is not what the schema says.
    init?(columns row: ColumnReader) { self.init(column: { row.string($0) }) }

    /// Reads a row that GRDB fetched with `SessionTable.columns`.
    init?(row: Row) { self.init(column: { String.fromDatabaseValue(row[Int($0)] as DatabaseValue) }) }

    private init?(column: (Int32) -> String?) {
        guard let id = column(0).flatMap({ SessionID($0) }), let contactID = column(1).flatMap({ ContactID($0) }),
            let channel = column(4), let token = column(5), let status = column(6).flatMap({ Status(rawValue: $0) }),
            let createdAt = column(7).flatMap({ Instant(rfc3339: $0) }),
            let lastActivity = column(8).flatMap({ Instant(rfc3339: $0) }),
            let expiresAt = column(9).flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        self.init(
            id: id, contactID: contactID, customerID: column(2) ?? "", phone: column(3), channel: Channel(channel),
            token: Secret(token), status: status, createdAt: createdAt, lastActivity: lastActivity, expiresAt: expiresAt,
            metadata: column(10) ?? "{}")
    }

    /// The session that goes on in the end: itself, or of one that was merged the session that it became; nil where that is not there.
    ///
    /// `find` looks sessions up. Sessions that name each other, as nobody here writes them, lead nowhere.
    func survivor(_ find: (SessionID) throws -> Session?) rethrows -> Session? {
        var session = self
        var passed: Set<SessionID> = [id]
        while let successor = session.mergedInto {
            guard passed.insert(successor).inserted, let next = try find(successor) else { return nil }
            session = next
        }
        return session
    }

    /// The session that goes on in this one's place, for a session that was merged.
    private var mergedInto: SessionID? {
        guard status == .merged, let metadata = try? JSON(parsing: Array(metadata.utf8)) else { return nil }
        return metadata["merged_into"].string.flatMap { SessionID($0) }
    }
}
