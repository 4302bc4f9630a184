import JSON
import Messaging
import SQLiteStore

extension Session {
    /// Reads a row of all columns; nil where a value is not what the schema says.
    init?(columns row: ColumnReader) {
        guard let id: SessionID = row.id(Places.id), let contactID: ContactID = row.id(Places.contactID),
            let channel = row.string(Places.channel), let token = row.string(Places.token),
            let status = row.string(Places.status).flatMap({ Status(rawValue: $0) }), let createdAt = row.instant(Places.createdAt),
            let lastActivity = row.instant(Places.lastActivity), let expiresAt = row.instant(Places.expiresAt)
        else { return nil }
        self.init(
            id: id, contactID: contactID, customerID: row.integer(Places.customerNamed) == 1 ? row.string(Places.customerID) : nil,
            phone: row.string(Places.phone), channel: Channel(channel), token: Secret(token), status: status, createdAt: createdAt,
            lastActivity: lastActivity, expiresAt: expiresAt, metadata: row.string(Places.metadata) ?? "{}")
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

private enum Places {
    static let id = Tables.sessions.place(of: "session_id")
    static let contactID = Tables.sessions.place(of: "contact_id")
    static let customerID = Tables.sessions.place(of: "customer_id")
    static let customerNamed = Tables.sessions.place(of: "customer_named")
    static let phone = Tables.sessions.place(of: "phone")
    static let channel = Tables.sessions.place(of: "channel")
    static let token = Tables.sessions.place(of: "session_token")
    static let status = Tables.sessions.place(of: "status")
    static let createdAt = Tables.sessions.place(of: "created_at")
    static let lastActivity = Tables.sessions.place(of: "last_activity")
    static let expiresAt = Tables.sessions.place(of: "expires_at")
    static let metadata = Tables.sessions.place(of: "metadata")
}
