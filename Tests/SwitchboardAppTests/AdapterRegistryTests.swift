import Messaging
import SwitchboardApp
import Testing

@Suite("The registry of adapters")
struct AdapterRegistryTests {
    private let registry = AdapterRegistry([OneAdapter.self, OtherAdapter.self])

    @Test("An account gets the adapter of its kind")
    func lookup() throws {
        let adapters = try registry.makeAdapters(for: [account("other", "a"), account("one", "a")])
        #expect(adapters["one", "a"] is OneAdapter)
        #expect(adapters["other", "a"] is OtherAdapter)
        #expect(adapters["one", "b"] == nil)
        #expect(registry.kinds == ["one", "other"])
        #expect(registry.traits(of: "other")?.sender == .client)
        #expect(registry.traits(of: "third") == nil)
    }

    @Test("Every account that cannot be used is reported, with its place in the settings")
    func problems() {
        let error = #expect(throws: SettingsError.self) {
            try registry.makeAdapters(for: [account("one", "bad"), account("one", "good"), account("third", "a")])
        }
        #expect(
            error?.description == """
                accounts[0].secrets: must be better
                accounts[2].adapter: there is no adapter “third”; known: one, other
                """)
    }

    @Test("The adapters' traits are returned in the order of the adapters")
    func traits() {
        #expect(registry.traits.map(\.kind) == ["one", "other"])
        #expect(Set(AdapterRegistry.shipped.traits.map(\.kind)) == Set(AdapterRegistry.shipped.kinds))
    }

    @Test("The adapters whose ids clients choose are the clients' adapters")
    func clients() {
        #expect(Set(AdapterRegistry.shipped.traits.filter { $0.sender == .client }.map(\.kind)) == AdapterKind.clients)
    }

    @Test(
        "Only adapters that support it accept a secret header, and it may not be one that is kept",
        arguments: [
            ("whatsapp-cloud", "x-api-key", "whatsapp-cloud proves its deliveries otherwise: leave it out"),
            ("360dialog", "x-request-id", "x-request-id is kept with every delivery, so it must hold no secret"),
            ("360dialog", "x-360dialog-signature", "x-360dialog-signature is kept with every delivery, so it must hold no secret"),
            ("360dialog", "x-api-key", nil),
        ])
    func secretHeader(kind: String, header: String, reason: String?) {
        let account = Account(adapter: AdapterKind(kind), name: "main", secrets: [Secret("a secret")], secretHeader: header)
        var refused: AccountError?
        do throws(AccountError) { _ = try AdapterRegistry.shipped.makeAdapter(for: account) } catch { refused = error }
        #expect(refused == reason.map { AccountError(setting: "secret_header", reason: $0) })
    }

    private func account(_ kind: AdapterKind, _ name: AccountName) -> Account {
        Account(adapter: kind, name: name, secrets: [Secret("s")])
    }
}

private struct OneAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "one", sender: .provider)

    init(account: Account) throws(AccountError) {
        if account.name == "bad" { throw AccountError(setting: "secrets", reason: "must be better") }
    }

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof { .signature }
    func events(in delivery: Delivery) throws(PayloadError) -> [Event] { [] }
    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] { [] }
}

private struct OtherAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "other", sender: .client)

    init(account: Account) throws(AccountError) {}

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof { .signature }
    func events(in delivery: Delivery) throws(PayloadError) -> [Event] { [] }
    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] { [] }
}
