import Messaging
import Testing

@testable import SwitchboardApp

@Suite("The channels that a start may name")
struct KnownChannelsTests {
    @Test("Without settings they are the documented ones")
    func documented() throws {
        #expect(Settings().knownChannels == ["whatsapp", "chat", "kiosk"])
        #expect(try read("{}").knownChannels == ["whatsapp", "chat", "kiosk"])
    }

    @Test("They include the channels of accounts and those of the settings")
    func accounts() throws {
        let twilio = "accounts: [{ adapter: twilio, name: main, secrets: [an-auth-token] }]"
        #expect(try read(twilio).knownChannels == ["whatsapp", "chat", "kiosk", "sms", "rcs", "messenger"])
        #expect(
            try read("session: { channels: [web, app] }\n" + twilio).knownChannels == ["web", "app", "whatsapp", "sms", "rcs", "messenger"])
    }

    @Test("They include a channel with a timeout of its own")
    func timeouts() throws {
        let settings = try read("session: { channels: [], idle_timeouts: { web: 30m } }")
        #expect(settings.session.channels == [])
        #expect(settings.knownChannels == ["web"])
    }

    @Test(
        "A text that is not a channel is reported with its place", arguments: ["Chat", "a b", "", "\(String(repeating: "a", count: 33))"])
    func wrong(name: String) {
        let error = #expect(throws: SettingsError.self) { try read("session: { channels: [chat, \"\(name)\"] }") }
        #expect(error?.problems.map(\.path) == ["session.channels[1]"])
        #expect(error?.problems.first?.reason.hasPrefix("must be \(Channel.nameRule)") == true)
    }

    @Test("Every shipped adapter names the channels by which people reach it")
    func adapters() {
        for traits in AdapterRegistry.shipped.traits {
            #expect(!traits.channels.isEmpty, "\(traits.kind)")
            #expect(traits.channels.allSatisfy { Channel.isName($0.rawValue) })
        }
    }

    private func read(_ yaml: String) throws -> Settings {
        try Settings(yaml: yaml, environment: SettingsEnvironment(process: [:]))
    }
}
