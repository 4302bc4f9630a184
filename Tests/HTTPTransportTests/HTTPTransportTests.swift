import HTTPTransport
import Testing

@Suite("Sending over loopback")
struct HTTPTransportTests {
    @Test("An answer comes with status, headers and body")
    func get() async throws {
        try await LoopbackServer.run { url in
            let response = try await HTTPTransport().send(OutgoingRequest(url: "\(url)/hello"))
            #expect(response.status == 200)
            #expect(response.header("content-type") == "text/plain")
            #expect(response.body == Array("hello".utf8))
        }
    }

    @Test("A body arrives byte for byte", arguments: ["POST", "PUT"], [[], [0, 13, 10, 255], [UInt8](repeating: 7, count: 3 << 20)])
    func post(method: String, body: [UInt8]) async throws {
        try await LoopbackServer.run { url in
            let request = OutgoingRequest(
                method: method, url: "\(url)/echo", headers: [HTTPField("Content-Type", "application/x-test")], body: body)
            let response = try await HTTPTransport().send(request)
            #expect(response.status == 201)
            #expect(response.body == body)
            #expect(response.header("content-type") == "application/x-test")
        }
    }

    @Test("A body without a media type is sent without one")
    func noContentType() async throws {
        try await LoopbackServer.run { url in
            let response = try await HTTPTransport().send(OutgoingRequest(method: "POST", url: "\(url)/echo", body: [1]))
            #expect(response.header("content-type") == "none")
        }
    }

    @Test("Headers are sent as given, empty ones too, under our own User-Agent")
    func headers() async throws {
        try await LoopbackServer.run { url in
            let fields = [HTTPField("X-One", "a: b; c"), HTTPField("X-Empty", ""), HTTPField("X-One", "again")]
            let response = try await HTTPTransport().send(OutgoingRequest(url: "\(url)/headers", headers: fields))
            let lines = String(decoding: response.body, as: UTF8.self).split(separator: "\n")
            for line in ["X-One: a: b; c", "X-One: again", "X-Empty: ", "User-Agent: switchboard/0.1"] {
                #expect(lines.contains(Substring(line)), "\(lines)")
            }
        }
    }

    @Test("A hundred simultaneous requests each get their own answer")
    func concurrent() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport()
            let answers = try await withThrowingTaskGroup(of: (Int, String).self) { group in
                for number in 0..<100 {
                    group.addTask {
                        let response = try await transport.send(OutgoingRequest(url: "\(url)/number/\(number)"))
                        return (number, String(decoding: response.body, as: UTF8.self))
                    }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            #expect(answers == Dictionary(uniqueKeysWithValues: (0..<100).map { ($0, "\($0)") }))
        }
    }

    @Test("Consecutive requests share a connection")
    func keepAlive() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport()
            var ports: Set<[UInt8]> = []
            for _ in 0..<5 { ports.insert(try await transport.send(OutgoingRequest(url: "\(url)/port")).body) }
            #expect(ports.count == 1)
        }
    }

    @Test("A reused handle keeps nothing of the previous request")
    func nothingLeaks() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport()
            _ = try await transport.send(
                OutgoingRequest(method: "POST", url: "\(url)/echo", headers: [HTTPField("X-Private", "1")], body: [1]))
            let headers = try await transport.send(OutgoingRequest(url: "\(url)/headers"))
            #expect(headers.status == 200)
            let text = String(decoding: headers.body, as: UTF8.self)
            #expect(!text.contains("X-Private") && !text.contains("Content-Length"), "\(text)")
        }
    }

    @Test("A redirect is returned as an answer and not followed")
    func redirect() async throws {
        try await LoopbackServer.run { url in
            let response = try await HTTPTransport().send(OutgoingRequest(url: "\(url)/moved"))
            #expect(response.status == 302)
            #expect(response.header("location") == "/hello")
        }
    }

    @Test("HEAD does not wait for a body")
    func head() async throws {
        try await LoopbackServer.run { url in
            let response = try await HTTPTransport().send(OutgoingRequest(method: "HEAD", url: "\(url)/nowhere"))
            #expect(response.status == 404)
            #expect(response.body.isEmpty)
        }
    }
}
