import JSON
import Messaging
import Signing

/// An event that is about to be stored, with the delivery that contains it.
struct DeliveredItem {
    let event: Event
    let delivery: Delivery
    let deliveryID: DeliveryID
    /// The contact whose session's token authenticated the delivery; nil if a signature did.
    let owner: ContactID?

    /// The provider's time of the event, or the time of receipt if the provider's cannot be read.
    var occurredAt: Instant { event.occurredAt ?? delivery.receivedAt }

    /// The adapter's id of the event, in the form in which it is indexed. If a session's token authenticated the event, its contact comes
    /// first, `#0193…#/chat#1`: no person can then use another's ids, and browsers all count from 1. No id of a signed item has this form:
    /// a `#` at its beginning is followed by a length.
    var externalID: String { DeliveredItem.externalID(of: event, ownedBy: owner) }

    static func externalID(of event: Event, ownedBy owner: ContactID?) -> String {
        let id = IndexedText.form(of: event.externalID)
        return owner.map { "#\($0)#\(id)" } ?? id
    }

    /// The item's unique key: the first 16 bytes of a SHA-256 over provider, account, external id and whatever else distinguishes items.
    /// An index over the texts themselves would be three times as large and rewrite more pages per row (Docs/Decisions/0008).
    func key(_ others: String...) -> [UInt8] { key(others) }

    private func key(_ others: [String]) -> [UInt8] {
        let parts = [delivery.adapter.rawValue, delivery.account.rawValue, externalID] + others
        return Array(Digest.sha256(DeliveredItem.joined(parts)).prefix(16))
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
    /// The key of a status. A status has no id of its own: its contents distinguish it from others of the same message, and its errors from
    /// other failures, independently of how the JSON is written.
    func key(of status: MessageStatus) -> [UInt8] {
        key(told(by: status, as: Self.canonicalText) + (status.errors.map { [Self.canonicalText(of: $0)] } ?? []))
    }

    /// The keys under which earlier versions stored a status, if they differ from today's: with the distinguishing JSON as it was written;
    /// for a failed status also without its errors, and with its errors as they were written.
    func formerKeys(of status: MessageStatus) -> [[UInt8]] {
        let (told, written) = (told(by: status, as: Self.canonicalText), told(by: status) { $0 })
        guard let errors = status.errors else { return told == written ? [] : [key(written)] }
        let (now, canonical) = (key(of: status), Self.canonicalText(of: errors))
        return [[], [errors], [canonical]].map { key(written + $0) }.filter { $0 != now }
    }

    /// A text that is equal for two JSON texts exactly if they have the same value.
    static func canonicalText(of json: String) -> String {
        guard !json.isEmpty, let parsed = try? JSON(parsing: Array(json.utf8)) else { return json }
        return parsed.canonicalText()
    }

    private func told(by status: MessageStatus, as form: (String) -> String) -> [String] {
        let distinction = (status.distinction ?? [status.detail ?? ""]).map(form).joined()
        return [status.status, event.occurredAt?.description ?? "", status.recipient ?? "", distinction]
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

    /// The value of the column by which its table identifies it.
    var rowKey: [UInt8] {
        switch event.content {
        case .message: key()
        case .status(let status): key(of: status)
        case .unreadable(let unreadable): Array(DeadLetterTable.fingerprint(of: unreadable, in: delivery, ownedBy: owner).utf8)
        case .activity, .notice, .unsupported, .identity: key(EventRecord(event.content)?.type ?? "")
        }
    }
}
