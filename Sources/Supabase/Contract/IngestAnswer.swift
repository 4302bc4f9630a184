import JSON
import Journal
import Messaging

/// The answer of `switchboard_ingest`.
struct IngestAnswer: Sendable {
    /// The id of the answered call.
    private let batchID: String?
    /// The number of received rows per list.
    private let received: [String: Int]
    /// The number of new rows.
    let stored: Int
    /// The rows that differ between the database and the journal.
    let rows: SharedRows

    /// The lists of items; the answer has the number of new items of each.
    private static let countedLists = ["messages", "events", "message_statuses", "dead_letters"]

    /// Nil if it is not an answer of version 1, or is cut off.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json["version"].int == 1, json["received"].kind == .object else { return nil }
        let counts = Self.countedLists.compactMap { json["stored"][named: $0].int }
        guard json["stored"].kind == .object, counts.count == Self.countedLists.count, counts.allSatisfy({ $0 >= 0 }) else { return nil }
        batchID = json["batch_id"].string
        received = Dictionary(json["received"].members.map { ($0.key, Int($0.value.int ?? 0)) }) { $1 }
        stored = Int(counts.reduce(0, &+))
        rows = SharedRows(
            contacts: json["contacts"].elements.compactMap { SharedContact($0) },
            sessions: json["sessions"].elements.compactMap { SharedSession($0) },
            moved: json["moved"].elements.compactMap { MovedItem($0) },
            // Functions before version 9 do not report these.
            differing: json["differing"].elements.compactMap { DifferingRows($0) })
    }

    /// The same rows; the moved ones get the numbers that the journal has for them, since the items are those of the call.
    func rows(of items: [OutboxItem]) -> SharedRows {
        guard !rows.moved.isEmpty else { return rows }
        let ids = Set(rows.moved.map(\.id))
        var numbers: [String: Int64] = [:]
        for item in items {
            guard let id = item.movableID, ids.contains(id) else { continue }
            numbers[id] = item.sequence
        }
        var rows = rows
        for index in rows.moved.indices { rows.moved[index].sequence = numbers[rows.moved[index].id] }
        return rows
    }

    /// Whether this answers that batch, and all sent rows of each list were received.
    func confirms(_ batchID: String, counts: [String: Int]) -> Bool {
        self.batchID == batchID && counts.allSatisfy { received[$0.key, default: 0] == $0.value }
    }
}

extension OutboxItem {
    /// The id of a row that the database may put into another session.
    fileprivate var movableID: String? {
        guard kind == .message || kind == .event, let json = try? JSON(parsing: record) else { return nil }
        return json[kind == .message ? "message_id" : "event_id"].string
    }
}

extension SharedContact {
    fileprivate init?(_ json: JSON) {
        guard let given = json["contact_id"].string.flatMap({ ContactID($0) }), let canonical = Contact(json["canonical"]) else {
            return nil
        }
        self.init(given: given, canonical: canonical, changedAt: json["canonical"]["updated_at"].string.flatMap { Instant(rfc3339: $0) })
    }
}

extension SharedSession {
    fileprivate init?(_ json: JSON) {
        guard let stored = Session(json["stored"]) else { return nil }
        self.init(stored: stored, successor: Session(json["successor"]))
    }
}

extension MovedItem {
    fileprivate init?(_ json: JSON) {
        guard let id = json["message_id"].string ?? json["event_id"].string,
            let session = json["session_id"].string.flatMap({ SessionID($0) })
        else { return nil }
        self.init(id: id, session: session)
    }
}

extension DifferingRows {
    fileprivate init?(_ json: JSON) {
        guard let table = json["table"].string.flatMap({ ItemTable(rawValue: $0) }), table != .deadLetters,
            let provider = json["provider"].string, let account = json["account"].string, let count = json["count"].int, count > 0
        else { return nil }
        self.init(
            table: table, adapter: AdapterKind(provider), account: AccountName(account), count: Int(count),
            deliveryID: json["delivery_id"].string.flatMap { DeliveryID($0) })
    }
}

extension Contact {
    /// A contact's row from an answer of the contract's functions; nil if it is none.
    init?(_ json: JSON) {
        guard let id = json["contact_id"].string.flatMap({ ContactID($0) }) else { return nil }
        self.init(
            id: id, phone: json["phone"].string, numberSince: json["number_since"].string.flatMap { Instant(rfc3339: $0) },
            numberFrom: json["number_from"].string.flatMap { ContactID($0) }, customerID: json["customer_id"].string.ofSomebody,
            displayName: json["display_name"].string)
    }
}

extension Session {
    /// A session's row from an answer of the contract's functions; nil if it is none.
    init?(_ json: JSON) {
        guard let id = json["session_id"].string.flatMap({ SessionID($0) }),
            let contactID = json["contact_id"].string.flatMap({ ContactID($0) }),
            let token = json["session_token"].string, let status = json["status"].string.flatMap({ Status(rawValue: $0) }),
            let createdAt = json["created_at"].string.flatMap({ Instant(rfc3339: $0) }),
            let lastActivity = json["last_activity"].string.flatMap({ Instant(rfc3339: $0) }),
            let expiresAt = json["expires_at"].string.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        let (phone, customer) = (json["phone"].string, json["customer_id"].string)
        // Functions of version 2 do not say whether it was named: then it was unless it is a placeholder (phone or contact id).
        let isNamed = json["customer_named"].bool ?? (customer != phone && customer != contactID.description)
        self.init(
            id: id, contactID: contactID, customerID: isNamed ? customer.ofSomebody : nil, phone: phone,
            channel: Channel(json["channel"].string ?? ""), token: Secret(token), status: status, createdAt: createdAt,
            lastActivity: lastActivity, expiresAt: expiresAt, metadata: json["metadata"].text ?? "{}")
    }
}
