import JSON
import Messaging

extension Change {
    /// Reads a message. Members that have no column and are not its content become its context, including unknown ones. `about` has facts
    /// about the person from the conversation.
    func message(
        of item: Item, _ direction: Message.Direction, from sender: Person, of person: Person, about rest: String? = nil
    ) -> Message {
        let message = item.json.said
        let body = MessageBody(reading: message)
        let isKnown = body.type != .unsupported
        var context = MemberList()
        context.append(membersOf: message["context"])
        for name in ["referral", "group_id", "identity"] { context.append(name, message[named: name]) }
        // In an unsupported message, errors and all other members are part of the content.
        if isKnown { context.append("errors", message["errors"]) }
        context.append("history_status", message["history_context"]["status"])
        if isKnown {
            appendRest(of: message, to: &context) { $0 == body.member }
            context.append("interactive", raw: body.besideReply)
        }
        if message["recipient_type"].string == "group" { context.append("group_id", message["to"]) }
        // The data around another responder's message: the template or flow of which it was made.
        if item.json.isAroundMessage { appendRest(of: item.json, to: &context) { $0 == "message" } }
        context.append("contact", raw: rest)
        appendCircumstances(of: person, to: &context)
        if item.index == 0, item.list == "messages" { context.append("conversation_context", conversationContext) }
        return Message(
            type: body.type, direction: direction, sender: sender.address, text: body.text, content: body.content, context: context.text)
    }

    /// Adds the data around a message whose content, in the member `content`, is an event of its own.
    func appendSurroundings(of message: JSON, around content: String, from person: Person, to list: inout MemberList) {
        for name in ["context", "referral", "group_id", "identity", "errors"] { list.append(name, message[named: name]) }
        appendRest(of: message, to: &list) { $0 == content }
        appendCircumstances(of: person, to: &list)
    }

    /// Adds the members of a message that have no place elsewhere, and a time that cannot be read.
    func appendRest(of message: JSON, to list: inout MemberList, except isContent: (String) -> Bool) {
        if message["timestamp"].time == nil { list.append("timestamp", message["timestamp"]) }
        var history = MemberList()
        history.append(membersOf: message["history_context"]) { $0 == "status" || $0 == "from_me" }
        list.append("history_context", raw: history.text)
        list.append(membersOf: message) { isContent($0) || Self.isPlaced($0) }
    }

    /// Adds facts about the person other than ids and name, and the conversation's responder.
    func appendCircumstances(of person: Person, to list: inout MemberList) {
        list.append("contact", raw: contacts[person]?.rest)
        if let handler { list.append("handler", string: handler) }
    }

    /// Whether a member has a column, or is read by name. The members of every message come first; a switch is faster than a set.
    private static func isPlaced(_ name: String) -> Bool {
        switch name {
        case "from", "id", "timestamp", "type", "context", "from_user_id", "from_parent_user_id", "to", "to_user_id", "to_parent_user_id",
            "referral", "group_id", "identity", "errors", "history_context", "messaging_product":
            true
        default: false
        }
    }
}
