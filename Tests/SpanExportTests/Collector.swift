import Hummingbird
import HummingbirdTesting
import NIOCore
import Synchronization
import Testing

/// A stand-in for a collector of traces, on a free port of 127.0.0.1.
struct Collector: Sendable {
    struct Request: Sendable {
        let path: String
        let headers: [String: String]
        let body: [UInt8]
    }

    /// Without a slash at its end.
    let url: String
    private let record: Record

    private final class Record: Sendable {
        let requests = Mutex<[Request]>([])
    }

    /// The requests so far.
    var requests: [Request] { record.requests.withLock { $0 } }

    /// Answers the requests with these statuses in turn, then with 200, all with `body`.
    static func run(
        answering statuses: [Int] = [], body: String = "{}", _ test: @Sendable (Collector) async throws -> Void
    ) async throws {
        let record = Record()
        let router = Router()
        router.post("/**") { request, _ in
            let bytes = try await request.body.collect(upTo: 64 << 20)
            let headers = Dictionary(request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { $0 + "," + $1 })
            let count = record.requests.withLock { requests in
                requests.append(Request(path: request.uri.path, headers: headers, body: Array(bytes.readableBytesView)))
                return requests.count
            }
            return Response(
                status: .init(code: count <= statuses.count ? statuses[count - 1] : 200), headers: [.contentType: "application/json"],
                body: ResponseBody(byteBuffer: ByteBuffer(string: body)))
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        try await application.test(.live) { client in
            let port = try #require(client.port)
            try await test(Collector(url: "http://127.0.0.1:\(port)", record: record))
        }
    }
}
