import Testing

@Suite("GET /webhooks/{adapter}/{account}")
struct HandshakeTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test("Only a request with the verify token is answered with the challenge")
    func challenge() async throws {
        let answer = try await rig.send(
            "GET", "/webhooks/whatsapp-cloud/main?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify%20me")
        #expect(answer.status == 200)
        #expect(answer.text == "1158201444")
        #expect(answer.header("content-type")?.hasPrefix("text/plain") == true)
        #expect(answer.header("x-content-type-options") == "nosniff")
    }

    @Test(
        "A wrong verify token is answered 403, without the right one",
        arguments: ["", "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong", "?hub.challenge=1&hub.verify_token=verify%20me"])
    func refused(query: String) async throws {
        let answer = try await rig.send("GET", "/webhooks/whatsapp-cloud/main\(query)")
        #expect(answer.status == 403)
        #expect(answer.problem == [])
        #expect(!answer.text.contains("verify me"))
    }

    @Test(
        "Without a handshake or an account the answer is 404", arguments: ["/webhooks/chat/main", "/webhooks/whatsapp-cloud/other"])
    func unknown(path: String) async throws {
        let answer = try await rig.send("GET", path)
        #expect(answer.status == 404)
        #expect(answer.problem == [])
    }
}
