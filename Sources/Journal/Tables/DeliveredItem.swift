import JSON
import Messaging
import Signing

/// An event that is about to be stored, with the delivery that contains it. What its row is identified by is computed once.
struct DeliveredItem {
    let event: Event
    let delivery: Delivery
    let deliveryID: DeliveryID
    /// The contact whose session's token authenticated the delivery; nil if a signature did.
    let owner: ContactID?
    /// The adapter's id of the event, in the form in which it is indexed. If a session's token authenticated the event, its contact comes
    /// first, `#0193…#/chat#1`: no person can then use another's ids, and browsers all count from 1. No id of a signed item has this form:
    /// a `#` at its beginning is followed by a length.
    let externalID: String
    /// The value of the column by which its table identifies the item. For a dead letter it is the fingerprint, otherwise the unique key:
    /// the first 16 bytes of a SHA-256 over provider, account, external id and whatever else distinguishes items of the table. An index
    /// over the texts themselves would be three times as large and rewrite more pages per row (Docs/Decisions/0008).
    let rowKey: [UInt8]
    /// What distinguishes a status from others of the same message, with its JSON in canonical form; empty for other events.
    private let distinction: [String]

    init(event: Event, delivery: Delivery, deliveryID: DeliveryID, owner: ContactID?) {
        self.event = event
        self.delivery = delivery
        self.deliveryID = deliveryID
        self.owner = owner
        let externalID = DeliveredItem.externalID(of: event, ownedBy: owner)
        self.externalID = externalID
        var distinction: [String] = []
        switch event.content {
        case .message: rowKey = Self.key(of: externalID, in: delivery)
        case .status(let status):
            // A status has no id of its own. Its contents distinguish it, independently of how their JSON is written.
            distinction = Self.distinction(of: status, in: event, as: Self.canonicalText)
            rowKey = Self.key(of: externalID, in: delivery, distinction + (status.errors.map { [Self.canonicalText(of: $0)] } ?? []))
        case .unreadable(let item): rowKey = Array(DeadLetterTable.fingerprint(of: item, in: delivery, ownedBy: owner).utf8)
        case .activity, .notice, .unsupported, .identity:
            rowKey = Self.key(of: externalID, in: delivery, [EventRecord(event.content)?.type ?? ""])
        }
        self.distinction = distinction
    }

    /// The provider's time of the event, or the time of receipt if the provider's cannot be read.
    var occurredAt: Instant { event.occurredAt ?? delivery.receivedAt }

    static func externalID(of event: Event, ownedBy owner: ContactID?) -> String {
        let id = IndexedText.form(of: event.externalID)
        return owner.map { "#\($0)#\(id)" } ?? id
    }

    private static func key(of externalID: String, in delivery: Delivery, _ others: [String] = []) -> [UInt8] {
        let parts = [delivery.adapter.rawValue, delivery.account.rawValue, externalID] + others
        return Array(Digest.sha256(joined(parts)).prefix(16))
    }

    /// The parts, separated by zero bytes. If a part contains a zero byte, each part is preceded by its length instead, and the whole
    /// begins with a zero byte. Nothing else does, since the first part is an adapter's name, which is never empty.
    static func joined(_ parts: [String]) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(parts.reduce(parts.count) { $0 + $1.utf8.count })
        for (index, part) in parts.enumerated() {
            if index > 0 { text.append(0) }
            text.append(contentsOf: part.utf8)
        }
        guard text.count(where: { $0 == 0 }) != parts.count - 1 else { return text }
        return parts.reduce(into: [0]) { $0 += Array("\($1.utf8.count):".utf8) + Array($1.utf8) }
    }
}

extension DeliveredItem {
    /// The keys under which earlier versions stored a status, if they differ from today's: with the distinguishing JSON as it was written;
    /// for a failed status also without its errors, and with its errors as they were written.
    func formerKeys(of status: MessageStatus) -> [[UInt8]] {
        let written = Self.distinction(of: status, in: event) { $0 }
        let key = { Self.key(of: externalID, in: delivery, written + $0) }
        guard let errors = status.errors else { return distinction == written ? [] : [key([])] }
        return [[], [errors], [Self.canonicalText(of: errors)]].map(key).filter { $0 != rowKey }
    }

    /// A text that is equal for two JSON texts exactly if they have the same value.
    static func canonicalText(of json: String) -> String {
        guard !json.isEmpty, let parsed = try? JSON(parsing: Array(json.utf8)) else { return json }
        return parsed.canonicalText()
    }

    private static func distinction(of status: MessageStatus, in event: Event, as form: (String) -> String) -> [String] {
        let texts = (status.distinction ?? [status.detail ?? ""]).map(form).joined()
        return [status.status, event.occurredAt?.description ?? "", status.recipient ?? "", texts]
    }
}

extension DeliveredItem {
    /// The table in which the item is stored.
    var table: ItemTable {
        switch event.content {
        case .message: .messages
        case .status: .statuses
        case .activity, .notice, .unsupported, .identity: .events
        case .unreadable: .deadLetters
        }
    }
}
