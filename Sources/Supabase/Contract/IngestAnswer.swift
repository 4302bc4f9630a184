import JSON
import Journal
import Messaging

/// What `switchboard_ingest` answered.
struct IngestAnswer: Sendable {
    /// The call that it answers.
    private let batchID: String?
    /// How many rows of each list arrived.
    private let received: [String: Int]
    /// How many rows were new.
    let stored: Int
    /// What is not there as we have it.
    let rows: SharedRows

    /// The lists that have items, of which the answer says how many were new.
    private static let countedLists = ["messages", "events", "message_statuses", "dead_letters"]

    /// Nil where it is not the answer of version 1: cut off, or of something else.
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
            // Functions before version 9 do not say.
            differing: json["differing"].elements.compactMap { DifferingRows($0) })
    }

    /// Whether it is the answer to that batch, and as many rows of each list arrived as were sent.
    func confirms(_ batchID: String, counts: [String: Int]) -> Bool {
        self.batchID == batchID && counts.allSatisfy { received[$0.key, default: 0] == $0.value }
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
    /// A contact's row as the contract's functions answer it; nil where it is none.
    init?(_ json: JSON) {
        guard let id = json["contact_id"].string.flatMap({ ContactID($0) }) else { return nil }
        self.init(
            id: id, phone: json["phone"].string, numberSince: json["number_since"].string.flatMap { Instant(rfc3339: $0) },
            numberFrom: json["number_from"].string.flatMap { ContactID($0) }, customerID: json["customer_id"].string.ofSomebody,
            displayName: json["display_name"].string)
    }
}

extension Session {
    /// A session's row as the contract's functions answer it; nil where it is none.
    init?(_ json: JSON) {
        guard let id = json["session_id"].string.flatMap({ SessionID($0) }),
            let contactID = json["contact_id"].string.flatMap({ ContactID($0) }),
            let token = json["session_token"].string, let status = json["status"].string.flatMap({ Status(rawValue: $0) }),
            let createdAt = json["created_at"].string.flatMap({ Instant(rfc3339: $0) }),
            let lastActivity = json["last_activity"].string.flatMap({ Instant(rfc3339: $0) }),
            let expiresAt = json["expires_at"].string.flatMap({ Instant(rfc3339: $0) })
        else { return nil }
        let (phone, customer) = (json["phone"].string, json["customer_id"].string)
        // The functions of version 2 do not say whether the customer is named: then it is not what stands in for one.
        let isNamed = json["customer_named"].bool ?? (customer != phone && customer != contactID.description)
        self.init(
            id: id, contactID: contactID, customerID: isNamed ? customer.ofSomebody : nil, phone: phone,
            channel: Channel(json["channel"].string ?? ""), token: Secret(token), status: status, createdAt: createdAt,
            lastActivity: lastActivity, expiresAt: expiresAt, metadata: json["metadata"].text ?? "{}")
    }
}
