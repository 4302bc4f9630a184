import JSON
import Messaging

/// What a message says, by its type.
struct MessageBody {
    let type: MessageType
    /// What a person would read of it.
    let text: String?
    /// The object of the type, or the whole message where nobody knows the type.
    let content: String

    init(reading message: JSON) {
        let type = message["type"].string ?? ""
        let object = message[named: type]
        switch type {
        case "text": self.init(.text, object, text: object["body"].string)
        case "image": self.init(.image, object, text: object["caption"].string)
        case "video": self.init(.video, object, text: object["caption"].string)
        case "audio", "voice": self.init(.audio, object)
        case "document": self.init(.document, object, text: object["caption"].string)
        case "sticker": self.init(.sticker, object)
        case "location": self.init(.location, object, text: object["name"].string ?? object["address"].string)
        case "contacts": self.init(.contacts, object, text: object[0]["name"]["formatted_name"].string)
        case "reaction": self.init(.reaction, object, text: object["emoji"].string)
        case "order": self.init(.order, object, text: object["text"].string)
        case "button": self.init(.buttonReply, object, text: object["text"].string)
        case "interactive": self.init(interactive: object, of: message)
        // What it says now; an edit of an edit says nothing.
        case "edit": self.init(.edit, object, text: Self.text(of: object["message"]))
        case "revoke": self.init(.revoke, object)
        default: self.init(unsupported: message)
        }
    }

    /// What a person would read of a message within another.
    private static func text(of message: JSON) -> String? {
        message["type"].string == "edit" ? nil : MessageBody(reading: message).text
    }

    private init(interactive: JSON, of message: JSON) {
        switch interactive["type"].string {
        case "button_reply": self.init(.buttonReply, interactive["button_reply"], text: interactive["button_reply"]["title"].string)
        case "list_reply": self.init(.listReply, interactive["list_reply"], text: interactive["list_reply"]["title"].string)
        case "nfm_reply": self.init(.flowReply, interactive["nfm_reply"], text: interactive["nfm_reply"]["body"].string)
        default: self.init(unsupported: message)
        }
    }

    /// The whole message, since its errors stand beside its type.
    private init(unsupported message: JSON) { self.init(.unsupported, message) }

    private init(_ type: MessageType, _ object: JSON, text: String? = nil) {
        self.type = type
        // Meta removes a reaction by one without a text.
        self.text = text == "" ? nil : text
        content = object.isPresent ? object.text ?? "{}" : "{}"
    }
}
