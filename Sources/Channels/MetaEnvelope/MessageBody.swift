import JSON
import Messaging

/// The content of a message, by its type.
struct MessageBody {
    let type: MessageType
    /// The text that a reader sees.
    let text: String?
    /// The object of the type, or the whole message if the type is unknown.
    let content: String
    /// The member of the message that contains the content.
    let member: String
    /// The members of an interactive message beside its reply, as JSON; nil if there are none.
    private(set) var besideReply: String?

    init(reading message: JSON) {
        let type = Self.typeName(of: message)
        let object = message[named: type]
        switch type {
        case "text": self.init(.text, type, object, text: object["body"].string)
        case "image": self.init(.image, type, object, text: object["caption"].string)
        case "video": self.init(.video, type, object, text: object["caption"].string)
        case "audio", "voice": self.init(.audio, type, object)
        case "document": self.init(.document, type, object, text: object["caption"].string)
        case "sticker": self.init(.sticker, type, object)
        case "location": self.init(.location, type, object, text: object["name"].string ?? object["address"].string)
        case "contacts": self.init(.contacts, type, object, text: object[0]["name"]["formatted_name"].string)
        case "reaction": self.init(.reaction, type, object, text: object["emoji"].string)
        case "order": self.init(.order, type, object, text: object["text"].string)
        case "product": self.init(.product, type, object, text: object["text"].string ?? object["body"]["text"].string)
        case "button": self.init(.buttonReply, type, object, text: object["text"].string)
        case "interactive": self.init(interactive: object, of: message)
        // The text after the edit; an edit of an edit has none.
        case "edit": self.init(.edit, type, object, text: Self.text(of: object["message"]))
        case "revoke": self.init(.revoke, type, object)
        default: self.init(unsupported: message)
        }
    }

    /// The name of a message's type. If the message names none, it is that of the only known object in it, else empty.
    static func typeName(of message: JSON) -> String {
        if let type = message["type"].string, !type.isEmpty { return type }
        var found = ""
        for (name, value) in message.members where known.contains(name) && (value.kind == .object || value.kind == .array) {
            guard found.isEmpty else { return "" }
            found = name
        }
        return found
    }

    private static let known: Set<String> = [
        "text", "image", "video", "audio", "voice", "document", "sticker", "location", "contacts", "reaction", "order", "product", "button",
        "interactive", "edit", "revoke", "system",
    ]

    /// The text that a reader sees of a message within another.
    private static func text(of message: JSON) -> String? {
        typeName(of: message) == "edit" ? nil : MessageBody(reading: message).text
    }

    private init(interactive: JSON, of message: JSON) {
        let reply = interactive["type"].string ?? ""
        let object = interactive[named: reply]
        switch reply {
        case "button_reply": self.init(.buttonReply, "interactive", object, text: object["title"].string)
        case "list_reply": self.init(.listReply, "interactive", object, text: object["title"].string)
        case "nfm_reply": self.init(.flowReply, "interactive", object, text: object["body"].string)
        // A question about products of the catalog; the products are listed beside its text.
        case "product", "product_list", "catalog_message":
            self.init(.product, "interactive", interactive, text: interactive["body"]["text"].string)
        default: self.init(unsupported: message, text: interactive["body"]["text"].string)
        }
        if type != .product, type != .unsupported { besideReply = Self.members(of: interactive, beside: reply) }
    }

    /// The members of an interactive object other than its type and the object of that type.
    static func members(of interactive: JSON, beside reply: String) -> String? {
        var rest = MemberList()
        rest.append(membersOf: interactive) { $0 == "type" || $0 == reply }
        return rest.text
    }

    /// The content is the whole message, since its errors are beside its type.
    private init(unsupported message: JSON, text: String? = nil) { self.init(.unsupported, "", message, text: text) }

    private init(_ type: MessageType, _ member: String, _ object: JSON, text: String? = nil) {
        self.type = type
        self.member = member
        // In Meta's webhooks, a reaction without a text removes the reaction.
        self.text = text == "" ? nil : text
        content = object.isPresent ? object.text ?? "{}" : "{}"
    }
}
