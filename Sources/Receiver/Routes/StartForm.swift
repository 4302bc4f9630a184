import JSON
import Journal
import Messaging
import PhoneNumbers

/// The body of a `/session/start`. Every field is checked, and all errors are reported at once.
struct StartForm {
    let request: StartRequest

    /// The error for a phone that was read here but that the store cannot read.
    static let badPhone = PayloadError(.field, field: "phone", reason: "is not a phone number that can be read")

    /// Four times the size that all fields may have together, for white space and escapes.
    static let bodyLimit = 1 << 16
    /// A client needs only a few levels; SQLite does not merge metadata with a thousand.
    private static let depthLimit = 64
    private static let fields = ["phone", "channel", "customer_id", "metadata"]

    /// The settings that apply to a start.
    struct Rules: Sendable {
        /// The region of numbers without a country code: ISO 3166-1 alpha-2.
        var defaultRegion: String
        /// The channels that a start may name.
        var channels: Set<Channel>
    }

    init(_ body: [UInt8], _ rules: Rules) throws {
        guard !body.isEmpty else { throw PayloadError(.malformed, reason: "the body is empty") }
        guard !JSON.isNested(body, deeperThan: Self.depthLimit) else {
            throw PayloadError(.malformed, reason: "the body is nested more than \(Self.depthLimit) levels")
        }
        let json: JSON
        do { json = try JSON(parsing: body) } catch { throw PayloadError(.malformed, reason: "the body is not JSON: \(error)") }
        guard json.kind == .object else { throw PayloadError(.malformed, reason: "the body must be a JSON object") }

        var errors = json.repeatedMember.map { [PayloadError.repeated(PhoneNumber.shown(name: $0))] } ?? []
        func check<Value>(_ read: () throws(PayloadError) -> Value) -> Value? {
            do { return try read() } catch {
                errors.append(error)
                return nil
            }
        }
        let phone = check { () throws(PayloadError) in try Self.phone(json["phone"], region: rules.defaultRegion) }
        let channel = check { () throws(PayloadError) in try Self.channel(json["channel"], among: rules.channels) }
        let customer = check { () throws(PayloadError) in try Self.customer(json, in: body) }
        let metadata = check { () throws(PayloadError) in try Self.metadata(json["metadata"]) }
        errors += json.members.map { $0.key }.filter { !Self.fields.contains($0) }.map(Self.unknownField)
        guard let phone, let channel, errors.isEmpty else { throw Problem(errors) }
        request = StartRequest(phone: phone, channel: channel, customerID: customer ?? nil, metadata: metadata ?? nil)
    }

    private static func phone(_ json: JSON, region: String) throws(PayloadError) -> ReceivedPhone {
        guard json.isPresent else { throw PayloadError(.field, field: "phone", reason: "is missing") }
        guard let text = json.string ?? json.integerText else {
            throw PayloadError(.field, field: "phone", reason: PhoneNumberError.otherValue.reason)
        }
        let number: PhoneNumber
        do throws(PhoneNumberError) { number = try PhoneNumber(reading: text, region: region) } catch {
            throw PayloadError(.field, field: "phone", reason: error.reason)
        }
        guard ReceivedPhone(number.e164).isSomebodys else {
            throw PayloadError(.field, field: "phone", reason: ReceivedPhone.hiddenCaller)
        }
        return ReceivedPhone(text, region: region)
    }

    /// Refuses an unknown channel: probably a typing error, and no search by channel would find the session.
    private static func channel(_ json: JSON, among known: Set<Channel>) throws(PayloadError) -> Channel {
        guard let text = json.string else {
            throw PayloadError(.field, field: "channel", reason: json.isPresent ? "must be a string" : "is missing")
        }
        guard known.contains(Channel(text)) else {
            let names = known.map(\.rawValue).sorted().joined(separator: ", ")
            throw PayloadError(.field, field: "channel", reason: "must be one of \(names)")
        }
        return Channel(text)
    }

    /// Customer ids are text from end to end: the number 103 is the customer "103".
    private static func customer(_ form: JSON, in body: [UInt8]) throws(PayloadError) -> String? {
        let json = form["customer_id"]
        guard json.isPresent else { return nil }
        guard let text = json.string ?? form.wholeText(of: "customer_id", in: body) else {
            let reason = json.isBeyondRange ? "is a number beyond 64 bits: send it as a string" : "must be a string or a whole number"
            throw PayloadError(.field, field: "customer_id", reason: reason)
        }
        let trimmed = text.trimmingWhitespace()
        guard (1...256).contains(trimmed.utf8.count) else {
            throw PayloadError(.field, field: "customer_id", reason: "must have 1 to 256 bytes")
        }
        guard trimmed.namesSomebody else {
            throw PayloadError(.field, field: "customer_id", reason: "names no customer: leave it out if none is known")
        }
        // Two ids that differ in such a character look the same; half of a surrogate pair is read as U+FFFD.
        guard let hidden = trimmed.unicodeScalars.first(where: { $0.isHidden || $0 == "\u{FFFD}" }) else { return trimmed }
        throw PayloadError(.field, field: "customer_id", reason: "has a character that cannot be seen: \(hidden.codePoint)")
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

    private static func unknownField(_ name: String) -> PayloadError {
        let nearest = NearestName.of(name, among: fields).map { "did you mean \($0)?" }
        return PayloadError(
            .field, field: PhoneNumber.shown(name: name),
            reason: "is not a field of /session/start: \(nearest ?? "the fields are \(fields.joined(separator: ", "))")")
    }
}

extension String {
    fileprivate func trimmingWhitespace() -> String {
        let tail = drop { $0.isWhitespace }
        guard let last = tail.lastIndex(where: { !$0.isWhitespace }) else { return "" }
        return String(tail[...last])
    }
}

extension Unicode.Scalar {
    /// Whether it is a control character, or has no width: U+0000, U+200B.
    fileprivate var isHidden: Bool { [.control, .format].contains(properties.generalCategory) }

    /// The usual notation: "U+200B".
    fileprivate var codePoint: String {
        let digits = String(value, radix: 16, uppercase: true)
        return "U+" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}
