import HTTPTypes
import Hummingbird
import NIOCore
import Synchronization

/// A stand-in for a collector of traces, on a free port of 127.0.0.1.
public struct Collector: Sendable {
    /// A request that the collector has received.
    public struct Request: Sendable {
        public let path: String
        /// By their names in lower case.
        public let headers: [String: String]
        public let body: [UInt8]
    }

    /// Without a slash at its end.
    public let url: String
    private let record: Record

    private final class Record: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// The requests so far.
    public var requests: [Request] { record.requests.withLock { $0 } }

    /// Answers the requests with these statuses in turn, then with 200, all with `body`, while `test` runs.
    public static func run(
        answering statuses: [Int] = [], body: String = "{}", _ test: (Collector) async throws -> Void
    ) async throws {
        let record = Record()
        let router = Router(context: ConnectionContext.self)
        router.post("/v1/traces") { request, _ in
            let bytes = try await request.body.collect(upTo: 64 << 20)
            let headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { "\($0),\($1)" })
            let received = Request(path: request.uri.path, headers: headers, body: Array(bytes.readableBytesView))
            let count = record.requests.withLock { requests in
                requests.append(received)
                return requests.count
            }
            return Response(
                status: HTTPResponse.Status(code: count <= statuses.count ? statuses[count - 1] : 200),
                headers: [.contentType: "application/json"], body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
        }
        try await LiveServer.run(router) { port in
            try await test(Collector(url: "http://127.0.0.1:\(port)", record: record))
        }
    }
}
