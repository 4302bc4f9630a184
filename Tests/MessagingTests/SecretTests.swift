import Messaging
import Testing

@Suite("Secrets")
struct SecretTests {
    private struct Holder {
        var name = "main"
        var secret: Secret
        var list: [Secret]
    }

    private let secret = Secret("hunter2")

    @Test("A secret prints as dots, by itself and inside other values")
    func printing() {
        let holder = Holder(secret: secret, list: [secret])
        let account = Account(adapter: "chat", name: "main", secrets: [secret], verifyToken: secret)
        let printed = [
            secret.description, secret.debugDescription, "\(secret)", String(describing: secret), String(reflecting: secret),
            dumped(secret),
            "\(holder)", String(reflecting: holder), dumped(holder), "\([secret])", "\(["k": secret])", "\(Optional(secret) as Any)",
            "\(Proof.sessionToken(secret))", dumped(Proof.sessionToken(secret)), "\(account)", dumped(account),
        ]
        for text in printed {
            #expect(text.contains("•••"))
            #expect(!text.contains("hunter"))
        }
        #expect(Mirror(reflecting: secret).children.isEmpty)
    }

    @Test("A secret's value is available on request")
    func revealed() {
        #expect(secret.revealed == "hunter2")
        #expect(secret == Secret("hunter2"))
        #expect(secret != Secret("hunter3"))
    }

    private func dumped(_ value: some Any) -> String {
        var text = ""
        dump(value, to: &text)
        return text
    }
}
