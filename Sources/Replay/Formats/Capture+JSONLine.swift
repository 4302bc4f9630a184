import JSON
import Journal
import Messaging
import Signing

/// A capture as one line of a JSON Lines file: the delivery with its id, state and person.
extension Capture {
    /// Reads one line without its line break. `receivedAt` is the time of a capture without one.
    public init(jsonLine: [UInt8], at origin: CaptureOrigin = .none, receivedAt: Instant) throws(CaptureLineError) {
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: jsonLine) } catch { throw CaptureLineError("not valid JSON: \(error.reason)") }
        guard json.kind == .object else { throw CaptureLineError("not a JSON object") }
        let state = try Capture.state(json["state"])
        let refusal = json["refusal"]["status"].int.map {
            Refusal(status: Int($0), reason: json["refusal"]["reason"].string ?? "")
        }
        self.init(
            try Capture.delivery(json, receivedAt: receivedAt), at: origin, fileID: json["delivery_id"].string, state: state,
            refusal: refusal, person: json["person"].string)
    }

    /// The line without its line break: JSON without white space. A body that is not UTF-8 is written as `body_base64`.
    public func jsonLine() -> [UInt8] {
        var writer = JSONWriter(capacity: delivery.body.count + 1024)
        writer.object { line in
            line.member("delivery_id", ifPresent: deliveryID)
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

    private func write(_ refusal: Refusal, to line: inout JSONWriter) {
        line.key("refusal")
        line.object { members in
            members.member("status", refusal.status)
            members.member("reason", refusal.reason)
        }
    }

    private static func state(_ json: JSON) throws(CaptureLineError) -> State {
        guard json.isPresent else { return .accepted }
        guard let state = json.string.flatMap(State.init(rawValue:)) else {
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
            throw CaptureLineError("body_base64 is not Base64 with padding")
        }
        return bytes
    }
}

/// What is wrong with a line that should be a capture.
public struct CaptureLineError: Error, Equatable, CustomStringConvertible {
    /// A sentence fragment: "body_base64 is not Base64 with padding".
    public let description: String

    init(_ description: String) { self.description = description }
}
