import JSON
import Messaging
import PhoneNumbers

/// A CloudEvent that follows the rules for our own clients in `Webhooks/schemas/client-event.json`.
struct ClientEvent {
    /// The most bytes of an id or a source: together they are a unique key, and Postgres indexes no key above 2,700.
    static let nameLimit = 512
    /// The most bytes of a message's text.
    static let textLimit = 65_536
    /// The most bytes of `data`, and of a whole event of unknown type, as JSON without white space.
    static let dataLimit = 262_144

    let externalID: String
    let source: String
    let time: Instant?
    /// Nil if the client relies on a session's token and names no person.
    let party: Party?
    let content: Event.Content

    /// Throws an error that names the field that is missing or wrong. `region` is the region of local phone numbers.
    init(_ json: JSON, region: String, requiresPhone: Bool) throws(PayloadError) {
        let event = try CloudEvent(json)
        if let member = json.repeatedMember { throw .repeated(PhoneNumber.shown(name: member)) }
        try ClientEvent.checkName(event.id, "id")
        try ClientEvent.checkName(event.source, "source")
        guard ClientEvent.isType(event.type) else { throw .field("type", "must be 1 to 128 letters, digits, dots, hyphens or underscores") }
        guard !json["data_base64"].isPresent else { throw .field("data_base64", "is not supported: send data as JSON") }
        guard event.data.kind == .object || !event.data.isPresent else { throw .field("data", "must be an object") }
        externalID = ClientEvent.externalID(source: event.source, id: event.id)
        source = event.source
        time = event.time
        party = try ClientEvent.party(in: event.data, region: region, requiresPhone: requiresPhone)
        content = try ClientEvent.content(of: event, sender: party?.phone?.text)
    }

    /// The id of an event among those that one secret signs; different pairs of source and id have different ids.
    ///
    /// `source#id`. If source or id contains a `#`, the length of the source comes first: `#7#/chat#a#1`. A source without `#` never begins
    /// like that.
    static func externalID(source: String, id: String) -> String {
        let hash = UInt8(ascii: "#")
        let isPlain = !source.utf8.contains(hash) && !id.utf8.contains(hash)
        return isPlain ? "\(source)#\(id)" : "#\(source.utf8.count)#\(source)#\(id)"
    }

    /// Postgres stores no zero byte, and half of a surrogate pair becomes U+FFFD: two ids with either might become one.
    private static func checkName(_ name: String, _ field: String) throws(PayloadError) {
        guard name.utf8.count <= nameLimit else { throw .field(field, "is longer than 512 bytes") }
        // `0` is allowed, since clients number from it.
        guard name.unicodeScalars.contains(where: { !$0.properties.isWhitespace }) else { throw .field(field, "must not be blank") }
        guard !name.unicodeScalars.contains(where: { $0 == "\0" || $0 == "\u{FFFD}" }) else {
            throw .field(field, "contains a character that cannot be stored (U+0000, U+FFFD, or half of a surrogate pair)")
        }
    }

    private static func isType(_ type: String) -> Bool {
        (1...128).contains(type.utf8.count)
            && type.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
                    UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                    true
                default: false
                }
            }
    }

    private static func party(in data: JSON, region: String, requiresPhone: Bool) throws(PayloadError) -> Party? {
        let name = data["name"]
        guard !name.isPresent || name.kind == .string else { throw .field("data.name", "must be a string") }
        let displayName = name.string
        guard displayName?.utf8.count ?? 0 <= Party.longestName else {
            throw .field("data.name", "is longer than \(Party.longestName) bytes")
        }
        guard data["phone"].isPresent else {
            if requiresPhone { throw .field("data.phone", "is missing") }
            return nil
        }
        guard let phone = data["phone"].string ?? data["phone"].integerText else {
            throw .field("data.phone", PhoneNumberError.otherValue.reason)
        }
        let number: PhoneNumber
        do throws(PhoneNumberError) { number = try PhoneNumber(reading: phone, region: region) } catch {
            throw .field("data.phone", error.reason)
        }
        guard ReceivedPhone(number.e164).isSomebodys else { throw .field("data.phone", ReceivedPhone.hiddenCaller) }
        return Party(phone: ReceivedPhone(phone, region: region), displayName: displayName)
    }

    private static func content(of event: CloudEvent, sender: String?) throws(PayloadError) -> Event.Content {
        if event.type == "message.text" { try checkText(event.data["text"]) }
        let data = event.data.isPresent ? event.data.text ?? "{}" : "{}"
        guard data.utf8.count <= dataLimit else { throw .field("data", "is longer than 262,144 bytes") }
        guard event.type.hasPrefix("message.") else { return .activity(type: event.type, data: data) }
        let type = MessageType(rawValue: String(event.type.dropFirst("message.".count))) ?? .unsupported
        let content = type == .unsupported ? event.json.text ?? "{}" : data
        guard content.utf8.count <= dataLimit else { throw PayloadError(.field, reason: "the event is longer than 262,144 bytes") }
        let message = Message(
            type: type, sender: sender,
            text: event.data["text"].string ?? event.data["caption"].string ?? event.data["title"].string,
            content: content,
            context: event.data["context"].kind == .object ? event.data["context"].text : nil)
        return .message(message)
    }

    private static func checkText(_ text: JSON) throws(PayloadError) {
        guard text.isPresent else { throw .field("data.text", "is missing") }
        guard let text = text.string, !text.isEmpty else { throw .field("data.text", "must be a non-empty string") }
        guard text.utf8.count <= textLimit else { throw .field("data.text", "is longer than 65,536 bytes") }
    }
}
