import Forms
import JSON
import Messaging
import Signing

/// One entry of a HAR file.
enum HAREntry: Sendable, Equatable {
    /// A request to `/webhooks/…`.
    case webhook(Delivery)
    /// Another request, or one that is not a POST: a provider's handshake, a browser's preflight.
    case other

    /// Reads an entry (HAR 1.2, softwareishard.com, read 2026-11). Throws if it is a webhook whose body cannot be restored byte for byte.
    init(parsing bytes: [UInt8]) throws(HAREntryError) {
        let json: JSON
        do throws(JSONError) { json = try JSON(parsing: bytes) } catch { throw HAREntryError("not valid JSON: \(error.reason)") }
        let request = json["request"]
        guard let url = request["url"].string else { throw HAREntryError("request.url is missing") }
        // URLs of other schemes belong to sockets, to data in pages and to browser extensions.
        guard let target = HTTPCapture.path(of: url[...]) else {
            self = .other
            return
        }
        var capture = HTTPCapture(method: request["method"].string ?? "POST", target: target, headers: [], body: [])
        guard capture.isPosted, let endpoint = capture.endpoint else {
            self = .other
            return
        }
        capture.headers = HAREntry.headers(request)
        guard let time = json["startedDateTime"].string.flatMap(Instant.init(rfc3339:)) else {
            throw HAREntryError("startedDateTime must be an RFC 3339 time")
        }
        self = .webhook(
            Delivery(
                adapter: endpoint.adapter, account: endpoint.account, receivedAt: time, method: capture.method, target: target,
                headers: capture.headers, body: try HARBody(request, headers: capture.headers).bytes))
    }

    /// The headers without HTTP/2's pseudo-headers such as `:method`, and with the media type that browsers store beside the body.
    private static func headers(_ request: JSON) -> [Delivery.Header] {
        var headers = request["headers"].elements.compactMap { header -> Delivery.Header? in
            guard let name = header["name"].string, let value = header["value"].string, !name.hasPrefix(":") else { return nil }
            return Delivery.Header(name, value)
        }
        if let type = request["postData"]["mimeType"].string, !type.isEmpty, !headers.contains(where: { $0.name == "content-type" }) {
            headers.append(Delivery.Header(lowercase: "content-type", type))
        }
        return headers
    }
}

/// The body of a request in a HAR file. HAR 1.2 only has text; tools write other bytes in their own ways, or lose them.
private struct HARBody {
    let bytes: [UInt8]

    init(_ request: JSON, headers: [Delivery.Header]) throws(HAREntryError) {
        let length = headers.first { $0.name == "content-length" }.flatMap { Int($0.value) }
        if let encoded = try HARBody.base64(request) {
            bytes = encoded
        } else if let text = try HARBody.text(request, length: length) {
            bytes = text
        } else if let form = try HARBody.form(request["postData"]) {
            bytes = form
        } else {
            guard length ?? 0 == 0 else { throw HAREntryError("the request had a body of \(length ?? 0) bytes, and the file has none") }
            bytes = []
        }
    }

    /// The body from Base64: `postData.encoding` (Martian, Reqable and others), `_content` (HTTP Toolkit), `_base64`: true; else nil.
    private static func base64(_ request: JSON) throws(HAREntryError) -> [UInt8]? {
        let post = request["postData"]
        var encoded: String?
        if post["encoding"].string == "base64" || post["_encoding"].string == "base64" || post["_base64"].bool == true {
            encoded = post["text"].string
        } else if request["_content"]["encoding"].string == "base64" {
            encoded = request["_content"]["text"].string
        } else {
            encoded = post["_base64"].string
        }
        guard let encoded else { return nil }
        guard let bytes = Base64.decode(encoded) else { throw HAREntryError("the body should be Base64 and is not") }
        return bytes
    }

    /// The body from text. Chrome writes a body that is not text with one character per byte; others write U+FFFD for each lost byte.
    private static func text(_ request: JSON, length: Int?) throws(HAREntryError) -> [UInt8]? {
        guard let text = request["postData"]["text"].string ?? request["_content"]["text"].string else { return nil }
        let bytes = Array(text.utf8)
        if text.isEmpty, request["postData"]["params"].count > 0 { return nil }
        guard let length, bytes.count != length else {
            guard length != nil || !text.unicodeScalars.contains("\u{FFFD}") else { throw lost }
            return bytes
        }
        let scalars = text.unicodeScalars
        if scalars.count == length, scalars.allSatisfy({ $0.value < 256 }) { return scalars.map { UInt8($0.value) } }
        guard !scalars.contains("\u{FFFD}") else { throw lost }
        throw HAREntryError("the body has \(bytes.count) bytes, its Content-Length says \(length)")
    }

    private static let lost = HAREntryError("the body is binary, and the file has it as text in which bytes were lost")

    /// The body of a form that was written as a list of parameters, encoded again.
    private static func form(_ post: JSON) throws(HAREntryError) -> [UInt8]? {
        guard post["params"].count > 0 else { return nil }
        guard post["mimeType"].string?.hasPrefix("application/x-www-form-urlencoded") == true else {
            throw HAREntryError("the body is \(post["mimeType"].string ?? "a form"), of which the file has only the parts")
        }
        let pairs = post["params"].elements.map {
            "\(FormText.encode($0["name"].string ?? ""))=\(FormText.encode($0["value"].string ?? ""))"
        }
        return Array(pairs.joined(separator: "&").utf8)
    }
}

/// Why an entry of a HAR file cannot be used.
struct HAREntryError: Error, Equatable, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
