import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Messaging
import Replay
import Testing

@Suite("Replaying over loopback")
struct ReplayClientTests {
    private let now = Instant(milliseconds: 42)

    @Test("The gateway receives the body byte for byte under a new signature")
    func signed() async throws {
        let capture = try capture("POST /webhooks/echo/main HTTP/1.1\nHost: old\nContent-Length: 2\nX-Sum: 1\nContent-Type: a/b\n\n\u{1}\n")
        let outcome = try await send(capture, signed: true)
        #expect(outcome == .refused(ReplayRefusal(status: 418, detail: "sum=11 time=42 type=a/b body=[1, 10]")))
    }

    @Test("With --as-is a capture keeps its own signature")
    func asIs() async throws {
        let capture = try capture("POST /webhooks/echo/main HTTP/1.1\nX-Sum: 1\nX-Time: 2\nContent-Type: a/b\n\n\u{1}")
        let outcome = try await send(capture, signed: false)
        #expect(outcome == .refused(ReplayRefusal(status: 418, detail: "sum=1 time=2 type=a/b body=[1]")))
    }

    @Test(
        "The answer's counts and reasons are read",
        arguments: [
            (
                200,
                #"{"accepted":2,"duplicates":1,"rejected":[{"index":1,"reason":"r"},{"index":4,"field":"f","reason":"s"}],"not_listed":3}"#,
                .taken(ReplayCounts(accepted: 2, duplicates: 1, rejected: 5, reasons: ["r", "f s"]))
            ),
            (200, "<Response/>", .taken(ReplayCounts())),
            (
                401, #"{"title":"t","detail":"the header x is missing"}"#,
                .refused(ReplayRefusal(status: 401, detail: "the header x is missing"))
            ),
            (404, #"{"title":"Not found"}"#, .refused(ReplayRefusal(status: 404, detail: "Not found"))),
            (502, "Bad gateway\nsomething", .refused(ReplayRefusal(status: 502, detail: "Bad gateway"))),
            (302, "", .refused(ReplayRefusal(status: 302, detail: ""))),
        ] as [(Int, String, ReplayOutcome)])
    func outcomes(status: Int, body: String, expected: ReplayOutcome) async throws {
        let capture = try capture("POST /answer?status=\(status) HTTP/1.1\n\n\(body)")
        #expect(try await send(capture, signed: false) == expected)
    }

    @Test("If nothing listens at the URL, the error says so")
    func nothingThere() async throws {
        let client = ReplayClient(transport: try HTTPTransport(), base: "http://127.0.0.1:1", signer: nil)
        let capture = try capture("POST /webhooks/echo/main HTTP/1.1\n\n")
        let error = await #expect(throws: ReplayError.self) { try await client.send(capture, at: now) }
        #expect(error == .nothingAnswers(base: "http://127.0.0.1:1"))
        #expect(error?.description == "nothing answers at http://127.0.0.1:1: is the gateway running?")
    }

    private func capture(_ text: String) throws -> HTTPCapture { try HTTPCapture(parsing: Array(text.utf8)) }

    /// Sends a capture to a server that answers with what it received on /webhooks/echo/main, and with the posted body on /answer.
    private func send(_ capture: HTTPCapture, signed: Bool) async throws -> ReplayOutcome {
        let router = Router()
        router.post("/webhooks/echo/main") { request, _ in
            let body = Array(try await request.body.collect(upTo: 1000).readableBytesView)
            let fields = ["sum", "time"].map { "\($0)=\(request.headers[values: .init("x-\($0)") ?? .accept].joined(separator: "+"))" }
            let text = fields.joined(separator: " ") + " type=\(request.headers[.contentType] ?? "none") body=\(body)"
            return Response(status: .init(code: 418), body: .init(byteBuffer: ByteBuffer(string: text)))
        }
        router.post("/answer") { request, _ in
            let status = try request.uri.queryParameters.require("status", as: Int.self)
            return Response(status: .init(code: status), body: .init(byteBuffer: try await request.body.collect(upTo: 1000)))
        }
        let signer = CaptureSigner { _, _ in SumAdapter() }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        return try await application.test(.live) { server in
            let base = "http://127.0.0.1:\(try #require(server.port))"
            return try await ReplayClient(transport: HTTPTransport(), base: base, signer: signed ? signer : nil).send(capture, at: now)
        }
    }
}
