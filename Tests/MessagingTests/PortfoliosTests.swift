import Messaging
import Testing

@Suite("Portfolios of accounts")
struct PortfoliosTests {
    @Test("An account that shares nothing has its own name as scope")
    func alone() {
        #expect(scopes([account("main", "one"), account("support", "two")]) == ["main": "main", "support": "support"])
        #expect(account("main", "one").identityScopes == ["main"])
    }

    @Test("Accounts that share a secret have one scope: the least of their names, in whatever order they are written")
    func shared() {
        let accounts = [account("sales", "app"), account("main", "app"), account("support", "app"), account("other", "another")]
        let expected = ["sales": "main", "main": "main", "support": "main", "other": "other"]
        #expect(scopes(accounts) == expected)
        #expect(scopes(accounts.reversed()) == expected)
        let found = accounts.inPortfolios { _ in true }.first { $0.name == "sales" }
        #expect(found?.identityScopes == ["main", "sales"])
    }

    @Test("A secret that replaces another changes no scope, while any account of the portfolio has both")
    func rotation() {
        let steps = [
            [account("a", "old"), account("b", "old"), account("c", "old")],
            [account("a", "new", "old"), account("b", "old"), account("c", "old")],
            [account("c", "new"), account("b", "old"), account("a", "new", "old")],
            [account("a", "new"), account("b", "new"), account("c", "new")],
        ]
        for step in steps { #expect(scopes(step) == ["a": "a", "b": "a", "c": "a"]) }
    }

    @Test("No scope reveals anything about a secret")
    func secrets() {
        let scopes = Set(scopes([account("a", "the-app-secret"), account("b", "the-app-secret")]).values)
        #expect(scopes == ["a"])
    }

    @Test("A named portfolio takes precedence over a shared secret")
    func named() {
        let acme = Account(adapter: "a", name: "sales", secrets: [Secret("app")], portfolio: "acme")
        let accounts = [acme, account("b", "app"), account("c", "app")]
        #expect(scopes(accounts) == ["sales": "acme", "b": "b", "c": "b"])
        #expect(acme.identityScopes == ["acme", "sales"])
    }

    @Test("Accounts of adapters without user ids share nothing, and neither do those of two adapters")
    func otherAdapters() {
        let accounts = [account("b", "app"), account("a", "app", adapter: "chat"), account("c", "app", adapter: "other")]
        let scopes = accounts.inPortfolios { $0 != "chat" }.map(\.scope)
        #expect(scopes == ["b", "a", "c"])
    }

    @Test("The scopes of a portfolio are its own and the names of its accounts")
    func others() {
        let portfolios = Portfolios([
            Account(adapter: "a", name: "support", secrets: [], portfolio: "acme"),
            Account(adapter: "a", name: "main", secrets: [], portfolio: "acme"), account("other", "x"),
        ])
        #expect(portfolios["acme"] == ["main", "support"])
        #expect(portfolios["main"] == [] && portfolios["other"] == [] && portfolios["unknown"] == [])
        #expect(portfolios.areOne("acme", "main") && portfolios.areOne("support", "acme") && portfolios.areOne("x", "x"))
        #expect(!portfolios.areOne("acme", "other") && !portfolios.areOne("main", "other"))
    }

    @Test("A name shared by accounts of two portfolios is a scope of neither")
    func ambiguous() {
        let portfolios = Portfolios([
            Account(adapter: "a", name: "main", secrets: [], portfolio: "acme"),
            Account(adapter: "a", name: "sales", secrets: [], portfolio: "acme"),
            Account(adapter: "b", name: "main", secrets: [], portfolio: "zeta"),
        ])
        #expect(portfolios["acme"] == ["sales"] && portfolios["zeta"] == [])
        #expect(!portfolios.areOne("acme", "main"))
    }

    private func account(_ name: AccountName, _ secrets: String..., adapter: AdapterKind = "a") -> Account {
        Account(adapter: adapter, name: name, secrets: secrets.map { Secret($0) })
    }

    private func scopes(_ accounts: [Account]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: accounts.inPortfolios { _ in true }.map { ($0.name.rawValue, $0.scope) })
    }
}
