import CConsole
import HTTPTypes
import Hummingbird
import NIOCore
import Signing

/// A file of the console, as embedded in the program.
struct ConsoleAsset: Sendable {
    /// The file's name, which is also the last part of its path.
    let name: String
    let contentType: String
    let body: ByteBuffer
    /// Depends on the content only, so it stays valid over restarts.
    let entityTag: String

    /// Nil if no content type is known for the name's extension.
    init?(name: String, bytes: [UInt8]) {
        guard let dot = name.lastIndex(of: "."), let type = Self.contentTypes[String(name[dot...])] else { return nil }
        self.name = name
        contentType = type
        body = ByteBuffer(bytes: bytes)
        entityTag = "\"\(Hex.encode(Array(Digest.sha256(bytes).prefix(16))))\""
    }

    /// The page, which is at `/console` itself.
    static let page = "index.html"

    /// All files of the console.
    static let all: [ConsoleAsset] = (0..<cconsole_count()).compactMap { index in
        var length = 0
        guard let name = cconsole_name(index), let bytes = cconsole_bytes(index, &length) else { return nil }
        return ConsoleAsset(name: String(cString: name), bytes: Array(UnsafeBufferPointer(start: bytes, count: length)))
    }

    private static let contentTypes = [
        ".html": "text/html; charset=utf-8", ".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8",
        ".svg": "image/svg+xml",
    ]

    /// The file, or 304 if the browser has this content. Browsers must ask each time, so that a new version of the gateway counts at once.
    func response(to request: Request) -> Response {
        let headers: HTTPFields = [.contentType: contentType, .eTag: entityTag, .cacheControl: "no-cache"]
        if request.headers[values: .ifNoneMatch].contains(where: isNamed) { return Response(status: .notModified, headers: headers) }
        return Response(status: .ok, headers: headers, body: ResponseBody(byteBuffer: body))
    }

    /// Whether a list of entity tags has this one. A proxy that compresses may have marked it as weak.
    private func isNamed(in list: String) -> Bool {
        list.split(separator: ",").contains { tag in
            let tag = tag.drop { $0 == " " }
            return (tag.hasPrefix("W/") ? tag.dropFirst(2) : tag).prefix { $0 != " " } == entityTag || tag == "*"
        }
    }
}
