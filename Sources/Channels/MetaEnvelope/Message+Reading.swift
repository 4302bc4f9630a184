import JSON
import Messaging

extension Change {
    /// A message with what is said of it: whatever has no column and is not its content is its context, members that nobody knows yet
    /// included. `about` is what a conversation tells of its person.
    func message(
        of item: Item, _ direction: Message.Direction, from sender: Person, of person: Person, about rest: String? = nil
    ) -> Message {
        let message = item.json.said
        let body = MessageBody(reading: message)
        let isKnown = body.type != .unsupported
        var context = MemberList()
        context.append(membersOf: message["context"])
        for name in ["referral", "group_id", "identity"] { context.append(name, message[named: name]) }
        // Those of a message that could not be taken are its content, as is whatever else it has.
        if isKnown { context.append("errors", message["errors"]) }
        context.append("history_status", message["history_context"]["status"])
        if isKnown {
            appendRest(of: message, to: &context) { $0 == body.member }
            context.append("interactive", raw: body.besideReply)
        }
        if message["recipient_type"].string == "group" { context.append("group_id", message["to"]) }
        // What stands around a message of another responder: the template or the flow that it was made of.
        if item.json.isAroundMessage { appendRest(of: item.json, to: &context) { $0 == "message" } }
        context.append("contact", raw: rest)
        appendCircumstances(of: person, to: &context)
        if item.index == 0, item.list == "messages" { context.append("conversation_context", conversationContext) }
        return Message(
            type: body.type, direction: direction, sender: sender.address, text: body.text, content: body.content, context: context.text)
    }

    /// All that is said of a message whose content is an event of its own, in the member of that name.
    func appendSurroundings(of message: JSON, around content: String, from person: Person, to list: inout MemberList) {
        for name in ["context", "referral", "group_id", "identity", "errors"] { list.append(name, message[named: name]) }
        appendRest(of: message, to: &list) { $0 == content }
        appendCircumstances(of: person, to: &list)
    }

    /// The members of a message that have no place of their own, and a time that cannot be read.
    func appendRest(of message: JSON, to list: inout MemberList, except isContent: (String) -> Bool) {
        if message["timestamp"].time == nil { list.append("timestamp", message["timestamp"]) }
        var history = MemberList()
        history.append(membersOf: message["history_context"]) { $0 == "status" || $0 == "from_me" }
        list.append("history_context", raw: history.text)
        list.append(membersOf: message) { isContent($0) || Self.isPlaced($0) }
    }

    /// What is told of the person beside their ids and name, and who had the conversation.
    func appendCircumstances(of person: Person, to list: inout MemberList) {
        list.append("contact", raw: contacts[person]?.rest)
        if let handler { list.append("handler", string: handler) }
    }

    /// Whether a member has a column, or is read by its name. Those that every message has come first: it costs less than a set.
    private static func isPlaced(_ name: String) -> Bool {
        switch name {
        case "from", "id", "timestamp", "type", "context", "from_user_id", "from_parent_user_id", "to", "to_user_id", "to_parent_user_id",
            "referral", "group_id", "identity", "errors", "history_context", "messaging_product":
            true
        default: false
        }
    }
}
