import Messaging

extension Party {
    /// A person with a full international number, with or without a plus.
    static func phone(_ text: String, id: String? = nil, name: String? = nil) -> Party {
        Party(phone: ReceivedPhone(text), identities: id.map { [.userID($0)] } ?? [], displayName: name)
    }

    /// A person with a number as it is written in India.
    static func local(_ text: String) -> Party { Party(phone: ReceivedPhone(text, region: "IN")) }

    /// A person who is known only by a provider's id.
    static func id(_ value: String, name: String? = nil) -> Party { Party(identities: [.userID(value)], displayName: name) }

    static let asha = Party.phone("919876543210")
}

extension Identity {
    static func userID(_ value: String) -> Identity { Identity(kind: "whatsapp_user_id", scope: "main", value: value) }
}

extension Event {
    static func message(
        _ id: String, from party: Party? = .asha, at time: Instant? = nil, line: Line? = "line-1", effect: SessionEffect = .moves,
        channel: Channel = .whatsapp, direction: Message.Direction = .inbound
    ) -> Event {
        let message = Message(
            type: .text, direction: direction, sender: party?.phone?.text, text: "Hello", content: #"{"body":"Hello"}"#,
            context: #"{"id":"wamid.0"}"#)
        return Event(
            externalID: id, channel: channel, line: line, party: party, occurredAt: time, effect: effect, content: .message(message))
    }

    static func status(_ word: String, of id: String, at time: Instant? = nil, to recipient: String? = "919876543210") -> Event {
        let status = MessageStatus(status: word, recipient: recipient, errors: #"[{"code":1}]"#, detail: #"{"type":"x"}"#)
        return Event(externalID: id, channel: .whatsapp, line: "line-1", occurredAt: time, effect: .none, content: .status(status))
    }

    static func activity(_ type: String, _ id: String, by party: Party? = .asha, at time: Instant? = nil) -> Event {
        Event(
            externalID: id, channel: .kiosk, line: "lobby", party: party, occurredAt: time, effect: .moves,
            content: .activity(type: type, data: #"{"screen":"cart"}"#))
    }

    static func notice(_ type: String, _ id: String) -> Event {
        Event(externalID: id, channel: .whatsapp, effect: .none, content: .notice(type: type, data: #"{"event":"X"}"#))
    }

    static func unsupported(_ type: String, _ id: String) -> Event {
        Event(externalID: id, channel: .whatsapp, effect: .none, content: .unsupported(type: type, data: "{}"))
    }

    /// A report that `party` now has `phone`, `userID`, or both.
    static func change(_ id: String, of party: Party, to phone: String? = nil, userID: String? = nil) -> Event {
        let change = IdentityChange(
            type: phone == nil ? "user_id.changed" : "number.changed", data: "{}", phone: phone.map { ReceivedPhone($0) },
            identities: userID.map { [.userID($0)] } ?? [])
        return Event(externalID: id, channel: .whatsapp, party: party, effect: .none, content: .identity(change))
    }

    static func unreadable(_ record: String, index: Int = 0) -> Event {
        let error = PayloadError(.field, field: "[\(index)].id", reason: "is missing")
        return Event(
            externalID: "item#\(index)", channel: .whatsapp, effect: .none,
            content: .unreadable(UnreadableItem(index: index, error: error, record: record)))
    }
}
