import Testing

@testable import Receiver

@Suite("The head of a stream of events")
struct StreamHeadTests {
    @Test("HEAD is answered at once, since the body has no end, and nothing is sent after it")
    func head() async throws {
        let connection = try await TestConnection(TestReceiver())
        await connection.receive("HEAD /events HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.seen == ["GET /events", "end"])
        try await connection.beginStream(writing: "data: 1\n\n")
        let sent = try await connection.sent()
        #expect(sent.hasPrefix("HTTP/1.1 200 OK\r\n") && sent.hasSuffix("\r\n\r\n") && sent.contains("Connection: close\r\n"))
        try await connection.beginStream(writing: "data: 2\n\n")
        #expect(try await connection.sent() == sent && !sent.contains("data"))
    }

    @Test("GET is answered with what the route writes, for as long as it writes")
    func get() async throws {
        let connection = try await TestConnection(TestReceiver())
        await connection.receive("GET /events HTTP/1.1\r\nHost: a\r\n\r\n")
        try await connection.beginStream(writing: "data: 1\n\n")
        let sent = try await connection.sent()
        #expect(sent.contains("data: 1\n\n") && sent.contains("Connection: close\r\n"))
    }

    @Test(
        "A request behind it is never read, since it could not be answered and would hide the client's end",
        arguments: ["/events", "/events?kind=message", "//events/"])
    func pipelined(target: String) async throws {
        let connection = try await TestConnection(TestReceiver())
        await connection.receive("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\nGET /a HTTP/1.1\r\nHost: a\r\n\r\n")
        await connection.receive("GET /b HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.seen == ["GET \(target)", "end"])
        try await connection.beginStream(writing: "data: 1\n\n")
        await connection.receive("GET /c HTTP/1.1\r\nHost: a\r\n\r\n")
        #expect(connection.seen == ["GET \(target)", "end"])
    }
}
