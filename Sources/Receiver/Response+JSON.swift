import Hummingbird
import JSON
import NIOCore

extension Response {
    init(status: HTTPResponse.Status, json: JSONWriter, contentType: String = "application/json") {
        self.init(status: status, contentType: contentType, body: ByteBuffer(bytes: json.bytes))
    }

    init(status: HTTPResponse.Status, contentType: String, body: String) {
        self.init(status: status, contentType: contentType, body: ByteBuffer(string: body))
    }

    private init(status: HTTPResponse.Status, contentType: String, body: ByteBuffer) {
        self.init(status: status, headers: [.contentType: contentType], body: ResponseBody(byteBuffer: body))
    }
}

extension Request {
    /// The whole body; throws 413 where it is longer than `limit`, by its Content-Length before it is read, or as soon as more has come.
    func bytes(upTo limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw HTTPError(.contentTooLarge) }
        do {
            return Array(try await body.collect(upTo: limit).readableBytesView)
        } catch is NIOTooManyBytesError {
            throw HTTPError(.contentTooLarge)
        }
    }
}
