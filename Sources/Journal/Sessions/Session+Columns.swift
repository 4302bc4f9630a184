import JSON
import Messaging
import SQLiteStore

extension Session {
    /// Reads a row of all columns; nil where a value is not what the schema says.
    init?(columns row: ColumnReader) {
        guard let id: SessionID = row.id(ColumnIndex.id), let contactID: ContactID = row.id(ColumnIndex.contactID),
            let channel = row.string(ColumnIndex.channel), let token = row.string(ColumnIndex.token),
            let status = row.string(ColumnIndex.status).flatMap({ Status(rawValue: $0) }),
            let createdAt = row.instant(ColumnIndex.createdAt),
            let lastActivity = row.instant(ColumnIndex.lastActivity), let expiresAt = row.instant(ColumnIndex.expiresAt)
        else { return nil }
        self.init(
            id: id, contactID: contactID,
            customerID: row.integer(ColumnIndex.customerNamed) == 1 ? row.string(ColumnIndex.customerID) : nil,
            phone: row.string(ColumnIndex.phone), channel: Channel(channel), token: Secret(token), status: status, createdAt: createdAt,
            lastActivity: lastActivity, expiresAt: expiresAt, metadata: row.string(ColumnIndex.metadata) ?? "{}")
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
