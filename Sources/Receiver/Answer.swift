import HTTPTypes
import Hummingbird
import JSON
import NIOCore
import NIOHTTP1

/// A complete answer. A route returns it as a `Response`; a handler in front of the routes writes it as NIO's parts.
struct Answer: Sendable {
    let status: HTTPResponse.Status
    let contentType: String?
    /// Headers other than Content-Type.
    let headers: HTTPFields
    let body: ByteBuffer

    init(status: HTTPResponse.Status, contentType: String?, headers: HTTPFields = [:], body: ByteBuffer) {
        self.status = status
        self.contentType = contentType
        self.headers = headers
        self.body = body
    }

    init(status: HTTPResponse.Status, json: JSONWriter, contentType: String = "application/json", headers: HTTPFields = [:]) {
        self.init(status: status, contentType: contentType, headers: headers, body: ByteBuffer(bytes: json.bytes))
    }

    /// The answer as Hummingbird's response; Hummingbird adds the date.
    var response: Response {
        var fields: HTTPFields = [:]
        if let contentType { fields[.contentType] = contentType }
        fields.append(contentsOf: headers)
        return Response(status: status, headers: fields, body: ResponseBody(byteBuffer: body))
    }

    /// The head of the answer for a pipeline without Hummingbird.
    var head: HTTPResponseHead {
        var fields = HTTPHeaders()
        fields.reserveCapacity(headers.count + 4)
        if let contentType { fields.add(name: "Content-Type", value: contentType) }
        for field in headers { fields.add(name: field.name.rawName, value: field.value) }
        fields.add(name: "Content-Length", value: String(body.readableBytes))
        fields.add(name: "Date", value: HTTPDate.now)
        return HTTPResponseHead(
            version: .http1_1, status: HTTPResponseStatus(statusCode: status.code, reasonPhrase: status.reasonPhrase), headers: fields)
    }
}
