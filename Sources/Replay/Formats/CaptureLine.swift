import JSON
import Journal
import Messaging
import Signing

/// One line of a JSON Lines file of captures: a delivery with its id, its state and whose it was.
public struct CaptureLine: Sendable, Equatable {
    /// As the journal that kept it named it; nil where nobody named it.
    public var id: String?
    /// The delivery itself, byte for byte.
    public var delivery: Delivery
    /// What had become of it.
    public var state: Capture.State
    /// Status and reason of one that was refused.
    public var refusal: Capture.Refusal?
    /// The phone of the session that proved it, in E.164.
    public var person: String?

    /// A line of what a journal kept.
    public init(_ capture: Capture) {
        id = capture.id.description
        delivery = capture.delivery
        state = capture.state
        refusal = capture.refusal
        person = capture.person
    }

    /// A line of a delivery of which nothing else is known.
    public init(_ delivery: Delivery) {
        self.delivery = delivery
        state = .accepted
    }

    /// Reads one line without its line end. `receivedAt` is the time of a line that names none.
    public init(parsing line: [UInt8], receivedAt: Instant) throws(CaptureLineError) {
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: line) } catch { throw CaptureLineError("it is no JSON: \(error.reason)") }
        guard json.kind == .object else { throw CaptureLineError("it is no JSON object") }
        id = json["delivery_id"].string
        person = json["person"].string
        state = try CaptureLine.state(json["state"])
        refusal = json["refusal"]["status"].int.map {
            Capture.Refusal(status: Int($0), reason: json["refusal"]["reason"].string ?? "")
        }
        delivery = try CaptureLine.delivery(json, receivedAt: receivedAt)
    }

    /// The line without its line end: JSON without white space. A body that is no UTF-8 is written as `body_base64`.
    public func bytes() -> [UInt8] {
        var writer = JSONWriter(capacity: delivery.body.count + 1024)
        writer.object { line in
            line.member("delivery_id", ifPresent: id)
            line.member("adapter", delivery.adapter.rawValue)
            line.member("account", delivery.account.rawValue)
            line.member("received_at", delivery.receivedAt.description)
            line.member("method", delivery.method)
            line.member("target", delivery.target)
            write(delivery.headers, to: &line)
            if let text = String(validating: delivery.body, as: UTF8.self) {
                line.member("body", text)
            } else {
                line.member("body_base64", Base64.encode(delivery.body))
            }
            line.member("person", ifPresent: person)
            line.member("state", state.rawValue)
            if let refusal { write(refusal, to: &line) }
        }
        return writer.bytes
    }

    /// The same as a `.http` file, which says the rest in comments.
    public var file: HTTPCapture {
        var capture = HTTPCapture(delivery)
        var notes = [("delivery_id", id), ("received_at", delivery.receivedAt.description), ("person", person)]
        if state != .accepted { notes.append(("state", state.rawValue)) }
        if let refusal { notes.append(("refusal", "\(refusal.status) \(refusal.reason)")) }
        capture.comments = notes.compactMap { name, value in value.map { "\(name): \($0)" } }
        return capture
    }

    /// The name of that file: files sort by the time they were received, then by id.
    public var fileName: String {
        let time = delivery.receivedAt.description.replacing(":", with: "-")
        let id = String((id ?? "").filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") })
        return id.isEmpty ? "\(time).http" : "\(time)_\(id).http"
    }

    private func write(_ headers: [Delivery.Header], to line: inout JSONWriter) {
        line.key("headers")
        line.array { list in
            for header in headers {
                list.array { pair in
                    pair.string(header.name)
                    pair.string(header.value)
                }
            }
        }
    }

    private func write(_ refusal: Capture.Refusal, to line: inout JSONWriter) {
        line.key("refusal")
        line.object { members in
            members.member("status", refusal.status)
            members.member("reason", refusal.reason)
        }
    }

    private static func state(_ json: JSON) throws(CaptureLineError) -> Capture.State {
        guard json.isPresent else { return .accepted }
        guard let state = json.string.flatMap(Capture.State.init(rawValue:)) else {
            throw CaptureLineError("state must be accepted, dead_letter or refused")
        }
        return state
    }

    private static func delivery(_ json: JSON, receivedAt: Instant) throws(CaptureLineError) -> Delivery {
        guard let target = json["target"].string else { throw CaptureLineError("target is missing") }
        let request = HTTPCapture(
            method: json["method"].string ?? "POST", target: target, headers: try headers(json["headers"]), body: try body(json))
        guard request.isPosted else { throw CaptureLineError(request.notPosted) }
        guard let adapter = json["adapter"].string ?? request.endpoint?.adapter.rawValue else {
            throw CaptureLineError("adapter is missing")
        }
        guard let account = json["account"].string ?? request.endpoint?.account.rawValue else {
            throw CaptureLineError("account is missing")
        }
        return Delivery(
            adapter: AdapterKind(adapter), account: AccountName(account), receivedAt: try time(json["received_at"], or: receivedAt),
            method: request.method, target: target, headers: request.headers, body: request.body)
    }

    private static func time(_ json: JSON, or other: Instant) throws(CaptureLineError) -> Instant {
        guard json.isPresent else { return other }
        guard let time = json.string.flatMap(Instant.init(rfc3339:)) else {
            throw CaptureLineError("received_at must be an RFC 3339 time: 2026-11-22T17:51:27.123Z")
        }
        return time
    }

    private static func headers(_ json: JSON) throws(CaptureLineError) -> [Delivery.Header] {
        let expected = CaptureLineError("headers must be an array of [name, value]")
        guard !json.isPresent || json.kind == .array else { throw expected }
        var headers: [Delivery.Header] = []
        for pair in json.elements {
            guard pair.count == 2, let name = pair[0].string, let value = pair[1].string else { throw expected }
            headers.append(Delivery.Header(name, value))
        }
        return headers
    }

    private static func body(_ json: JSON) throws(CaptureLineError) -> [UInt8] {
        if let text = json["body"].string { return Array(text.utf8) }
        guard json["body_base64"].isPresent else { throw CaptureLineError("body and body_base64 are both missing") }
        guard let bytes = json["body_base64"].string.flatMap({ Base64.decode($0) }) else {
            throw CaptureLineError("body_base64 is no Base64 with padding")
        }
        return bytes
    }
}

/// What is wrong with a line of captures.
public struct CaptureLineError: Error, Equatable, CustomStringConvertible {
    /// A sentence fragment: "body_base64 is no Base64 with padding".
    public let description: String

    init(_ description: String) { self.description = description }
}
