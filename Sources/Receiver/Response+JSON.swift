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
