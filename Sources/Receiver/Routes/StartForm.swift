import JSON
import Journal
import Messaging
import PhoneNumbers

/// The body of a `/session/start`, checked field by field; all that is wrong is told at once.
struct StartForm {
    let request: StartRequest

    static let badPhone = PayloadError(.field, field: "phone", reason: "is not a possible phone number")

    /// Four times what the fields may have together, for white space and escapes.
    static let bodyLimit = 1 << 16
    /// A client nests a handful of levels; SQLite merges no metadata of a thousand.
    private static let depthLimit = 64

    /// A number without a country code is one of `defaultRegion`.
    init(_ body: [UInt8], defaultRegion: String) throws {
        guard !body.isEmpty else { throw PayloadError(.malformed, reason: "the body is empty") }
        guard !JSON.isNested(body, deeperThan: Self.depthLimit) else {
            throw PayloadError(.malformed, reason: "the body is nested more than \(Self.depthLimit) levels")
        }
        let json: JSON
        do { json = try JSON(parsing: body) } catch { throw PayloadError(.malformed, reason: "the body is not JSON: \(error)") }
        guard json.kind == .object else { throw PayloadError(.malformed, reason: "the body must be a JSON object") }

        var errors: [PayloadError] = []
        func check<Value>(_ read: () throws(PayloadError) -> Value) -> Value? {
            do { return try read() } catch {
                errors.append(error)
                return nil
            }
        }
        let phone = check { () throws(PayloadError) in try Self.phone(json["phone"], region: defaultRegion) }
        let channel = check { () throws(PayloadError) in try Self.channel(json["channel"]) }
        let customer = check { () throws(PayloadError) in try Self.customer(json["customer_id"]) }
        let metadata = check { () throws(PayloadError) in try Self.metadata(json["metadata"]) }
        guard let phone, let channel, errors.isEmpty else { throw Problem(errors) }
        request = StartRequest(phone: phone, channel: channel, customerID: customer ?? nil, metadata: metadata ?? nil)
    }

    private static func phone(_ json: JSON, region: String) throws(PayloadError) -> ReceivedPhone {
        guard let text = json.stringOrNumber else {
            throw PayloadError(.field, field: "phone", reason: json.isPresent ? "must be a string" : "is missing")
        }
        guard text.utf8.count <= PhoneNumber.longestText else {
            throw PayloadError(.field, field: "phone", reason: "must have at most \(PhoneNumber.longestText) bytes")
        }
        guard PhoneNumber(text, region: region) != nil else { throw badPhone }
        return ReceivedPhone(text, region: region)
    }

    private static func channel(_ json: JSON) throws(PayloadError) -> Channel {
        guard let text = json.string else {
            throw PayloadError(.field, field: "channel", reason: json.isPresent ? "must be a string" : "is missing")
        }
        guard Channel.isName(text) else {
            throw PayloadError(.field, field: "channel", reason: "must be \(Channel.nameRule)")
        }
        return Channel(text)
    }

    /// Ids are text from end to end: the number 103 is the customer "103".
    private static func customer(_ json: JSON) throws(PayloadError) -> String? {
        guard json.isPresent else { return nil }
        guard let text = json.stringOrNumber else {
            throw PayloadError(.field, field: "customer_id", reason: "must be a string")
        }
        let trimmed = text.trimmingWhitespace()
        guard (1...256).contains(trimmed.utf8.count) else {
            throw PayloadError(.field, field: "customer_id", reason: "must have 1 to 256 bytes")
        }
        return trimmed
    }

    private static func metadata(_ json: JSON) throws(PayloadError) -> String? {
        guard json.isPresent else { return nil }
        guard json.kind == .object, let text = json.text else {
            throw PayloadError(.field, field: "metadata", reason: "must be an object")
        }
        guard text.utf8.count <= StartRequest.metadataLimit else {
            throw PayloadError(.field, field: "metadata", reason: "must have at most \(StartRequest.metadataLimit) bytes")
        }
        return text
    }
}

extension String {
    fileprivate func trimmingWhitespace() -> String {
        let tail = drop { $0.isWhitespace }
        guard let last = tail.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(tail[...last])
    }
}
