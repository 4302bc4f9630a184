import HTTPTransport
import Testing

@Suite("Transfers that fail")
struct TransferFailureTests {
    @Test("A request to a server that never answers times out")
    func timeout() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport(limits: TransportLimits(totalTimeout: .milliseconds(50)))
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(OutgoingRequest(url: "\(url)/silence"))
            }
            #expect(error?.code == .timedOut)
            #expect(error?.curlCode == 28)
        }
    }

    @Test("A request's own time-out takes precedence over the transport's", arguments: [Duration.milliseconds(50), .zero, .seconds(-1)])
    func ownTimeout(timeout: Duration) async throws {
        try await LoopbackServer.run { url in
            let error = await #expect(throws: HTTPTransportError.self) {
                try await HTTPTransport().send(OutgoingRequest(url: "\(url)/silence", timeout: timeout))
            }
            #expect(error?.code == .timedOut)
        }
    }

    @Test("Cancelling a task aborts only its own transfer")
    func cancellation() async throws {
        let gate = Gate()
        try await LoopbackServer.run(gate: gate) { url in
            let transport = try HTTPTransport()
            let code = await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
                group.addTask { await failure(of: transport, "\(url)/silence") }
                await gate.firstArrival()
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(code == .cancelled)
            #expect(try await transport.send(OutgoingRequest(url: "\(url)/hello")).status == 200)
        }
    }

    @Test("A task that was already cancelled sends no request")
    func cancelledBefore() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport()
            let code = await withTaskGroup(of: HTTPTransportError.Code?.self) { group in
                group.cancelAll()
                group.addTask { await failure(of: transport, "\(url)/silence") }
                return await group.next() ?? nil
            }
            #expect(code == .cancelled)
        }
    }

    @Test("Shutdown fails requests in flight and later ones")
    func shutdown() async throws {
        let gate = Gate()
        try await LoopbackServer.run(gate: gate) { url in
            let transport = try HTTPTransport()
            async let inFlight = failure(of: transport, "\(url)/silence")
            await gate.firstArrival()
            transport.shutdown()
            transport.shutdown()
            #expect(await inFlight == .cancelled)
            #expect(await failure(of: transport, "\(url)/hello") == .cancelled)
        }
    }

    @Test("A port on which nothing listens is unreachable")
    func refused() async throws {
        let transport = try HTTPTransport()
        // Nothing listens on port 1 (tcpmux), and tests may not bind it.
        let error = await #expect(throws: HTTPTransportError.self) {
            try await transport.send(OutgoingRequest(url: "http://127.0.0.1:1/"))
        }
        #expect(error?.code == .unreachable)
        #expect(error?.curlCode == 7)
    }

    @Test(
        "A body over the limit is refused, one at the limit is accepted",
        arguments: [(1000, nil), (1001, HTTPTransportError.Code.tooLarge)])
    func tooLarge(count: Int, expected: HTTPTransportError.Code?) async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport(limits: TransportLimits(responseBytes: 1000))
            #expect(await failure(of: transport, "\(url)/bytes/\(count)") == expected)
        }
    }

    @Test("A server without TLS at an https URL is reported as a failure of TLS")
    func tls() async throws {
        try await LoopbackServer.run { url in
            let transport = try HTTPTransport()
            let error = await #expect(throws: HTTPTransportError.self) {
                try await transport.send(OutgoingRequest(url: "https" + url.dropFirst(4)))
            }
            #expect(error?.code == .tls && error?.isUnknownHost == false)
            #expect(error?.tlsReason == "the server does not speak TLS at this port: check whether the URL should begin with http://")
        }
    }

    @Test(
        "The reason for a failure of TLS is given in plain words",
        arguments: [
            ("SSL certificate problem: self-signed certificate", "the server's certificate is not trusted (self-signed certificate)"),
            (
                "SSL: certificate subject name 'other' does not match target host name '127.0.0.1'",
                "the server's certificate is for another host name"
            ), ("OpenSSL/3.0.19: error:0A000126:SSL routines::unexpected eof while reading", "the TLS connection failed"),
        ])
    func tlsReasons(message: String, reason: String) {
        #expect(HTTPTransportError(.tls, curlCode: 35, message: message).tlsReason == reason)
        #expect(HTTPTransportError(.other, curlCode: 35, message: message).tlsReason == nil)
    }

    @Test("An unknown host name is reported differently from a host where nothing answers")
    func unknownHost() {
        // CURLE_COULDNT_RESOLVE_HOST and CURLE_COULDNT_CONNECT of libcurl-errors(3).
        #expect(HTTPTransportError(.unreachable, curlCode: 6, message: "Could not resolve host: x").isUnknownHost)
        #expect(!HTTPTransportError(.unreachable, curlCode: 7, message: "Failed to connect").isUnknownHost)
    }

    @Test(
        "A URL that is neither http nor https is malformed",
        arguments: ["file:///etc/hostname", "ftp://127.0.0.1/", "http://", "", "http://a b/"])
    func scheme(url: String) async throws {
        #expect(await failure(of: try HTTPTransport(), url) == .malformed)
    }

    @Test("A line end in a header is refused", arguments: [HTTPField("X", "1\r\nY: 2"), HTTPField("X\n", "1"), HTTPField("", "1")])
    func injection(field: HTTPField) async throws {
        let transport = try HTTPTransport()
        let error = await #expect(throws: HTTPTransportError.self) {
            try await transport.send(OutgoingRequest(url: "http://127.0.0.1:1/", headers: [field]))
        }
        #expect(error?.code == .malformed)
    }
}

/// The code with which a GET fails; nil if it succeeds.
private func failure(of transport: HTTPTransport, _ url: String) async -> HTTPTransportError.Code? {
    do throws(HTTPTransportError) {
        _ = try await transport.send(OutgoingRequest(url: url))
        return nil
    } catch {
        return error.code
    }
}
