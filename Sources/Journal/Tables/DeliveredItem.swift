import JSON
import Messaging
import Signing

/// One event on its way into the journal, with the delivery that brought it.
struct DeliveredItem {
    let event: Event
    let delivery: Delivery
    let deliveryID: DeliveryID
    /// The contact whose session's token proved the delivery; nil where a signature did.
    let owner: ContactID?

    /// The provider's time of it, or ours where the provider's cannot be read.
    var occurredAt: Instant { event.occurredAt ?? delivery.receivedAt }

    /// The adapter's id of it. What a token proves has its person's contact in front, `#0193…#/chat#1`: one person must not take the ids of
    /// others, and browsers all count from 1. No signed item begins so: a `#` at its beginning is followed by a length. A very long one is here as it
    /// is in an index.
    var externalID: String { DeliveredItem.externalID(of: event, ownedBy: owner) }

    static func externalID(of event: Event, ownedBy owner: ContactID?) -> String {
        let id = IndexedText.form(of: event.externalID)
        return owner.map { "#\($0)#\(id)" } ?? id
    }

    /// What makes the item one: the first 16 bytes of a SHA-256 over provider, account, external id and what else tells items apart.
    ///
    /// An index over the texts themselves is three times as large and rewrites more pages a row (Docs/Decisions/0008).
    func key(_ others: String...) -> [UInt8] { key(others) }

    private func key(_ others: [String]) -> [UInt8] {
        let parts = [delivery.adapter.rawValue, delivery.account.rawValue, externalID] + others
        return Array(Digest.sha256(DeliveredItem.joined(parts)).prefix(16))
    }

    /// The parts with a zero byte between them. Where one of them holds a zero byte, each has its length in front, behind a zero byte with
    /// which nothing else begins: an adapter has a name.
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
    /// A status has no id of its own: what it says tells it from others of the same message, and why it failed from other failures, however
    /// both are written.
    func key(of status: MessageStatus) -> [UInt8] {
        key(told(by: status, as: Self.canonicalText) + (status.errors.map { [Self.canonicalText(of: $0)] } ?? []))
    }

    /// The keys under which earlier versions stored a status, where they are others: with what tells it apart as it was written; a failed one
    /// also without its errors, and with them as they were written.
    func formerKeys(of status: MessageStatus) -> [[UInt8]] {
        let (told, written) = (told(by: status, as: Self.canonicalText), told(by: status) { $0 })
        guard let errors = status.errors else { return told == written ? [] : [key(written)] }
        let (now, canonical) = (key(of: status), Self.canonicalText(of: errors))
        return [[], [errors], [canonical]].map { key(written + $0) }.filter { $0 != now }
    }

    /// Equal for JSON that says the same, and for no other.
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
    /// The table that it ends in.
    var table: ItemTable {
        switch event.content {
        case .message: .messages
        case .status: .statuses
        case .activity, .notice, .unsupported, .identity: .events
        case .unreadable: .deadLetters
        }
    }

    /// What its row has in the column by which its table tells it from all others.
    var rowKey: [UInt8] {
        switch event.content {
        case .message: key()
        case .status(let status): key(of: status)
        case .unreadable(let unreadable): Array(DeadLetterTable.fingerprint(of: unreadable, in: delivery, ownedBy: owner).utf8)
        case .activity, .notice, .unsupported, .identity: key(EventRecord(event.content)?.type ?? "")
        }
    }
}
