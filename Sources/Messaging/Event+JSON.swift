import JSON

extension Event {
    /// The event as JSON without white space and without absent values, as in the `expected.json` files and in diffs.
    public var json: String {
        var writer = JSONWriter()
        write(to: &writer)
        return writer.text
    }

    /// Writes the event as one JSON object.
    public func write(to writer: inout JSONWriter) {
        writer.object { event in
            event.member("external_id", externalID)
            event.member("channel", channel.rawValue)
            event.member("line", ifPresent: line?.rawValue)
            if let party {
                event.key("party")
                party.write(to: &event)
            }
            event.member("occurred_at", ifPresent: occurredAt?.description)
            event.member("effect", "\(effect)")
            content.write(to: &event)
        }
    }
}

extension Party {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.object { party in
            party.member("phone", ifPresent: phone?.text)
            party.member("region", ifPresent: phone?.region)
            if !identities.isEmpty {
                party.key("identities")
                identities.write(to: &party)
            }
            party.member("display_name", ifPresent: displayName)
        }
    }
}

extension [Identity] {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.array { list in
            for identity in self {
                list.object { members in
                    members.member("kind", identity.kind)
                    members.member("scope", identity.scope)
                    members.member("value", identity.value)
                }
            }
        }
    }
}

extension Event.Content {
    fileprivate func write(to event: inout JSONWriter) {
        switch self {
        case .message(let message): member("message", of: &event, message.write)
        case .status(let status): member("status", of: &event, status.write)
        case .activity(let type, let data): record("activity", type, data, to: &event)
        case .notice(let type, let data): record("notice", type, data, to: &event)
        case .unsupported(let type, let data): record("unsupported", type, data, to: &event)
        case .identity(let change): member("identity", of: &event, change.write)
        case .unreadable(let item): member("unreadable", of: &event, item.write)
        }
    }

    private func member(_ name: String, of event: inout JSONWriter, _ members: (inout JSONWriter) -> Void) {
        event.key(name)
        event.object(members)
    }

    private func record(_ name: String, _ type: String, _ data: String, to event: inout JSONWriter) {
        member(name, of: &event) {
            $0.member("type", type)
            $0.member("data", raw: data)
        }
    }
}

extension Message {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("type", type.rawValue)
        writer.member("direction", direction.rawValue)
        writer.member("sender", ifPresent: sender)
        writer.member("text", ifPresent: text)
        writer.member("content", raw: content)
        if let context { writer.member("context", raw: context) }
    }
}

extension MessageStatus {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("status", status)
        writer.member("recipient", ifPresent: recipient)
        if let errors { writer.member("errors", raw: errors) }
        if let detail { writer.member("detail", raw: detail) }
    }
}

extension IdentityChange {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("type", type)
        writer.member("data", raw: data)
        writer.member("phone", ifPresent: phone?.text)
        if !identities.isEmpty {
            writer.key("identities")
            identities.write(to: &writer)
        }
    }
}

extension UnreadableItem {
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("index", index)
        writer.member("field", ifPresent: error.field)
        writer.member("reason", error.reason)
        writer.member("record", raw: record)
    }
}
