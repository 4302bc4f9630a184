import Signing
import SwitchboardTesting
import Testing

@Suite("Standard Webhooks signatures")
struct StandardWebhooksKeyTests {
    // The example of the specification's own libraries (github.com/standard-webhooks, read 2026-11).
    private let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    private let id = "msg_p5jXN8AQM9LWM0D4loKWxJek"
    private let timestamp = "1614265330"
    private let body = Array(#"{"test": 2432232314}"#.utf8)
    private let signature = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
    private let key: StandardWebhooksKey

    init() throws { key = try #require(StandardWebhooksKey(secret: secret)) }

    @Test("The result for the published example is right")
    func example() {
        #expect(key.signature(id: id, timestamp: timestamp, body: body) == signature)
        #expect(isValid(signature))
    }

    @Test("One right signature among others is enough")
    func several() {
        #expect(isValid("v1,AAAA \(signature)"))
        #expect(isValid("\(signature) v1a,AAAA"))
        #expect(isValid("v2,x  \(signature) "))
    }

    @Test("A header with many signatures costs one HMAC, however large the body is")
    func many() {
        let body = [UInt8](repeating: 0x61, count: 4 << 20)
        let right = key.signature(id: id, timestamp: timestamp, body: body)
        let wrong = String(repeating: signature + " ", count: 20_000)
        let time = processorTime {
            #expect(key.isValid(signatures: wrong + right, id: id, timestamp: timestamp, body: body))
            #expect(!key.isValid(signatures: wrong, id: id, timestamp: timestamp, body: body))
        }
        #expect(time < .seconds(60))
    }

    @Test(
        "A header without the right signature is refused",
        arguments: [
            "", " ", "v1", "v1,", "v1,v1,", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "v1a,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
            "V1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE",
            "v1,h0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=,v1",
        ])
    func refused(header: String) {
        #expect(!isValid(header))
    }

    @Test("The signature covers id, time, body and secret")
    func coverage() throws {
        #expect(!key.isValid(signatures: signature, id: "msg_other", timestamp: timestamp, body: body))
        #expect(!key.isValid(signatures: signature, id: id, timestamp: "1614265331", body: body))
        #expect(!key.isValid(signatures: signature, id: id, timestamp: timestamp, body: body + [0x0A]))
        let other = try #require(StandardWebhooksKey(secret: "whsec_" + Base64.encode([UInt8](repeating: 7, count: 24))))
        #expect(!other.isValid(signatures: signature, id: id, timestamp: timestamp, body: body))
    }

    @Test("A secret is whsec_ and Base64 of at least 24 bytes")
    func secrets() {
        let bytes = [UInt8](repeating: 1, count: 24)
        #expect(StandardWebhooksKey(secret: "whsec_" + Base64.encode(bytes)) != nil)
        #expect(StandardWebhooksKey(secret: "whsec_" + Base64.encode(bytes + bytes)) != nil)
        #expect(StandardWebhooksKey(secret: "whsec_" + Base64.encode([UInt8](repeating: 1, count: 23))) == nil)
        #expect(StandardWebhooksKey(secret: Base64.encode(bytes)) == nil)
        #expect(StandardWebhooksKey(secret: "whsk_" + Base64.encode(bytes)) == nil)
        #expect(StandardWebhooksKey(secret: "whsec_not Base64 at all, whatever its length") == nil)
        #expect(StandardWebhooksKey(secret: "whsec_") == nil)
        #expect(StandardWebhooksKey(secret: "") == nil)
    }

    private func isValid(_ header: String) -> Bool { key.isValid(signatures: header, id: id, timestamp: timestamp, body: body) }
}
