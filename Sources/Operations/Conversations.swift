public import JSON
public import Journal
import Messaging
import PhoneNumbers

extension Page: Presentable where Item: Presentable {
    /// Writes `{"items":[…],"next":…}`; `next` is null at the end of the list.
    public func write(to writer: inout JSONWriter) { write(to: &writer) { _ in } }

    /// Writes the same object with more members.
    public func write(to writer: inout JSONWriter, adding members: (inout JSONWriter) -> Void) {
        writer.object { object in
            object.key("items")
            items.write(to: &object)
            object.member("next", orNull: next)
            members(&object)
        }
    }
}

extension JSONWriter {
    /// Adds a member that is null if there is no value.
    mutating func member(_ name: String, orNull value: String?) {
        if let value { member(name, value) } else { member(name, raw: "null") }
    }

    /// Adds a member of JSON that is null if there is none.
    mutating func member(_ name: String, rawOrNull json: String?) { member(name, raw: json ?? "null") }

    fileprivate mutating func names(of contact: Contact) {
        member("contact_id", contact.id.description)
        member("name", orNull: contact.displayName.map { PhoneNumber.shown(name: $0) })
        member("phone", orNull: contact.phone.map { PhoneNumber.mask($0) })
        member("customer_id", orNull: contact.customerID.map { PhoneNumber.mask($0, ifSpelling: contact.phone) })
    }
}

extension Conversation: Presentable {
    /// Writes the conversation with the phone masked.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.names(of: contact)
            object.key("channels")
            object.array { list in
                for channel in channels { list.string(channel.rawValue) }
            }
            object.member("last_at", lastAt.description)
            object.member("last_text", orNull: lastText)
            object.member("active_session", hasActiveSession)
        }
    }
}

extension ContactCard: Presentable {
    /// Writes what is known about the person with all phones masked.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.names(of: contact)
            object.key("identities")
            object.array { list in
                for identity in identities {
                    list.object { members in
                        members.member("kind", identity.kind)
                        members.member("scope", identity.scope)
                        let isPhone = identity.kind == Identity.phoneKind
                        members.member("value", isPhone ? PhoneNumber.mask(identity.value) : identity.value)
                    }
                }
            }
            object.key("active_session")
            if let activeSession { MaskedSession(activeSession, at: activeSession.lastActivity).write(to: &object) } else { object.null() }
        }
    }
}

extension TimelineItem: Presentable {
    /// Writes all members of the entry; what it does not have is null.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("kind", kind.rawValue)
            object.member("at", at.description)
            object.member("channel", orNull: channel?.rawValue)
            object.member("account", orNull: account)
            object.member("type", type)
            object.member("direction", orNull: direction)
            object.member("text", orNull: text)
            object.member("content", rawOrNull: content)
            object.member("context", rawOrNull: context)
            object.key("statuses")
            object.array { list in
                for state in statuses {
                    list.object { members in
                        members.member("status", state.status)
                        members.member("at", state.at.description)
                        members.member("errors", rawOrNull: state.errors)
                    }
                }
            }
            object.member("session_id", orNull: sessionID?.description)
            object.member("delivery_id", orNull: deliveryID?.description)
            object.member("id", id)
            object.member("external_id", orNull: externalID)
        }
    }
}
