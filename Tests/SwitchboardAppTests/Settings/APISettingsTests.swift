import Messaging
import Testing

@testable import SwitchboardApp

@Suite("Settings for asking a provider")
struct APISettingsTests {
    private func settings(_ account: String) throws -> Settings {
        try Settings(yaml: "accounts: [{ \(account) }]", environment: SettingsEnvironment(process: ["EMPTY": ""]))
    }

    @Test("They are read by the names of the account's adapter, and an empty variable is a missing setting")
    func read() throws {
        let meta = try settings(
            """
            adapter: whatsapp-cloud, name: main, secrets: [a-secret-of-meta], graph_token: EAAB-a-token, app_id: 670843887433847,
            api_url: "https://graph.facebook.com/v25.0/"
            """)
        let api = try #require(meta.accounts.first?.api)
        #expect(
            api.mapValues(\.revealed) == [
                "graph_token": "EAAB-a-token", "app_id": "670843887433847", "api_url": "https://graph.facebook.com/v25.0",
            ])
        #expect(!"\(meta)".contains("EAAB"))
        let empty = try settings(#"adapter: 360dialog, name: main, secrets: [a-secret-of-360], api_key: "${EMPTY:-}""#)
        #expect(empty.accounts.first?.api == [:])
    }

    @Test(
        "A key of another adapter is unknown, and a value of another form is a problem that does not quote a secret",
        arguments: [
            ("adapter: twilio, name: main, secrets: [a-secret-of-twilio], graph_token: EAAB-a-token", "graph_token", "unknown key"),
            ("adapter: whatsapp-cloud, name: main, secrets: [a-secret-of-meta], waba_id: 1/2", "waba_id", "must be an id of at most 64"),
            ("adapter: whatsapp-cloud, name: main, secrets: [a-secret-of-meta], graph_token: EAAB", "graph_token", "at least 8 characters"),
            ("adapter: whatsapp-cloud, name: main, secrets: [a-secret-of-meta], api_url: graph", "api_url", "must be a URL"),
        ])
    func wrong(account: String, key: String, words: String) {
        let error = #expect(throws: SettingsError.self) { try settings(account) }
        let problem = error?.problems.first { $0.path == "accounts[0].\(key)" }
        #expect(problem?.reason.contains(words) == true, "\(String(describing: error))")
        #expect(!"\(String(describing: error))".contains("EAAB"))
    }
}
