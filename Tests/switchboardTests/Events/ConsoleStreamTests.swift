import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("The console's stream of events")
struct ConsoleStreamTests {
    @Test("A stream that a console's session opened ends with the session; others continue")
    func ends() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let client = try GatewayClient(gateway)
            let signedIn = try await client.post(
                "/console/login", [HTTPField("Content-Type", "application/json")], body: #"{"token":"\#(GatewayFolder.Secrets.operator)"}"#)
            let cookie = try #require(signedIn.header("set-cookie")?.split(separator: ";").first.map(String.init))
            let csrf = try #require(try JSON(parsing: Array(signedIn.text.utf8))["csrf_token"].string)
            let own = try EventReader(gateway, token: nil, headers: ["Cookie: \(cookie)"])
            let other = try EventReader(gateway)
            try await own.begun()
            try await other.begun()
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            #expect(try await own.events(1).map(\.externalID) == ["wamid.1"])
            let out = try await client.post(
                "/console/logout", [HTTPField("Cookie", cookie), HTTPField("X-CSRF-Token", csrf)], body: "")
            #expect(out.status == 204)
            _ = try await own.end()
            try await waiting(for: "the line about the end") { gateway.log.contains("the console's session ended") ? true : nil }
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 200)
            #expect(try await other.events(2).map(\.externalID) == ["wamid.1", "wamid.2"])
            #expect(try await EventReader(gateway, token: nil, headers: ["Cookie: \(cookie)"]).answer().status == 401)
        }
    }
}
