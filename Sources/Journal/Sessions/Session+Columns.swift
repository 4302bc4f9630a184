import JSON
import Messaging
import SQLiteStore

extension Session {
    /// Reads a row that has all columns of the table from `first` on; nil if a value violates the schema.
    init?(columns row: ColumnReader, from first: Int32 = 0) {
        guard let id: SessionID = row.id(first + ColumnIndex.id), let contactID: ContactID = row.id(first + ColumnIndex.contactID),
            let channel = row.string(first + ColumnIndex.channel), let token = row.string(first + ColumnIndex.token),
            let status = row.string(first + ColumnIndex.status).flatMap({ Status(rawValue: $0) }),
            let createdAt = row.instant(first + ColumnIndex.createdAt),
            let lastActivity = row.instant(first + ColumnIndex.lastActivity), let expiresAt = row.instant(first + ColumnIndex.expiresAt)
        else { return nil }
        let isNamed = row.integer(first + ColumnIndex.customerNamed) == 1
        self.init(
            id: id, contactID: contactID, customerID: isNamed ? row.string(first + ColumnIndex.customerID).ofSomebody : nil,
            phone: row.string(first + ColumnIndex.phone), channel: Channel(channel), token: Secret(token), status: status,
            createdAt: createdAt, lastActivity: lastActivity, expiresAt: expiresAt,
            metadata: row.string(first + ColumnIndex.metadata) ?? "{}")
    }

    /// The session that continues: the session itself or, after a merge, the session into which it was merged; nil if that does not exist.
    ///
    /// `find` looks sessions up. Sessions that name each other, which this program never writes, lead nowhere.
    func survivor(_ find: (SessionID) throws -> Session?) rethrows -> Session? {
        var session = self
        var passed: Set<SessionID> = [id]
        while let successor = session.mergedInto {
            guard passed.insert(successor).inserted, let next = try find(successor) else { return nil }
            session = next
        }
        return session
    }

    /// For a merged session: the session that continues in its place.
    var mergedInto: SessionID? {
        guard status == .merged, let metadata = try? JSON(parsing: Array(metadata.utf8)) else { return nil }
        return metadata["merged_into"].string.flatMap { SessionID($0) }
    }
}

private enum ColumnIndex {
    static let id = Tables.sessions.index(of: "session_id")
    static let contactID = Tables.sessions.index(of: "contact_id")
    static let customerID = Tables.sessions.index(of: "customer_id")
    static let customerNamed = Tables.sessions.index(of: "customer_named")
    static let phone = Tables.sessions.index(of: "phone")
    static let channel = Tables.sessions.index(of: "channel")
    static let token = Tables.sessions.index(of: "session_token")
    static let status = Tables.sessions.index(of: "status")
    static let createdAt = Tables.sessions.index(of: "created_at")
    static let lastActivity = Tables.sessions.index(of: "last_activity")
    static let expiresAt = Tables.sessions.index(of: "expires_at")
    static let metadata = Tables.sessions.index(of: "metadata")
}
