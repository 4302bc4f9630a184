import Messaging
import Testing
import WhatsAppCloud

@Suite("Handshakes")
struct HandshakeTests {
    private func reply(_ query: String, verifyToken: Secret? = Account.testing.verifyToken) throws -> HandshakeReply? {
        var account = Account.testing
        account.verifyToken = verifyToken
        let request = Delivery.testing("", method: "GET", target: "/webhooks/whatsapp-cloud/main\(query)")
        return try WhatsAppCloudAdapter(account: account).handshake(request)
    }

    @Test(
        "The challenge is returned to a caller with the right verify token",
        arguments: [
            ("?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=verify%20me%20%26%20more", "1158201444"),
            ("?hub.verify_token=verify+me+%26+more&hub.challenge=a%2Bb%3D%e2%82%ac&hub.mode=subscribe", "a+b=€"),
            ("?hub%2Emode=subscribe&hub.challenge=50%&hub.verify_token=verify%20me%20%26%20more", "50%"),
            ("?hub.mode=subscribe&hub.challenge=a=b&hub.verify_token=verify%20me%20%26%20more#hub", "a=b"),
        ])
    func challenge(query: String, challenge: String) throws {
        #expect(try reply(query) == .challenge(challenge))
    }

    @Test(
        "Any other request is refused",
        arguments: [
            "", "?", "?hub.mode=subscribe", "?hub.challenge=1&hub.mode=subscribe",
            "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong",
            "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=",
            "?hub.mode=unsubscribe&hub.challenge=1&hub.verify_token=verify%20me%20%26%20more",
            "?hub.mode=subscribe&hub.verify_token=verify%20me%20%26%20more",
            "?hub.mode=subscribe&hub.challenge=1&hub.verify_token=wrong&hub.verify_token=verify%20me%20%26%20more",
        ])
    func refused(query: String) throws {
        #expect(try reply(query) == .refused)
    }

    @Test("Without a verify token every handshake is refused", arguments: [nil, Secret("")])
    func noVerifyToken(token: Secret?) throws {
        #expect(try reply("?hub.mode=subscribe&hub.challenge=1&hub.verify_token=", verifyToken: token) == .refused)
    }
}
