import JSON
import Messaging

/// One event in the JSON format of CloudEvents 1.0, from any sender.
public struct CloudEvent: Sendable {
    /// Unique together with the source.
    public let id: String
    /// The context in which it happened, a URI reference: `/kiosks/lobby-1`.
    public let source: String
    /// What happened: `message.text`, `screen.viewed`.
    public let type: String
    public let time: Instant?
    public let subject: String?
    public let dataContentType: String?
    public let dataSchema: String?

    /// The data; absent if the event has none, or has `data_base64`.
    public let data: JSON

    /// The whole event, including extensions.
    public let json: JSON

    /// Throws an error that names the attribute that is missing or wrong; extensions are not checked.
    public init(_ json: JSON) throws(PayloadError) {
        guard json.kind == .object else { throw PayloadError(.field, reason: "must be an object") }
        guard json["specversion"].string == "1.0" else { throw .field("specversion", "must be \"1.0\"") }
        id = try json.requiredString("id")
        source = try json.requiredString("source")
        type = try json.requiredString("type")
        time = try CloudEvent.time(json["time"])
        subject = try json.optionalString("subject")
        dataContentType = try json.optionalString("datacontenttype")
        dataSchema = try json.optionalString("dataschema")
        data = json["data"]
        self.json = json
    }

    private static func time(_ json: JSON) throws(PayloadError) -> Instant? {
        guard json.isPresent else { return nil }
        guard let time = json.string.flatMap(Instant.init(rfc3339:)) else {
            throw .field("time", "must be an RFC 3339 time: 2026-11-22T17:51:27Z")
        }
        return time
    }
}
