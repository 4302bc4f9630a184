import Messaging
import Signing
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Checks of a service key")
struct ServiceKeyTests {
    private static let now = Instant(milliseconds: 1_795_500_000_000)

    /// A JWT with this payload; its other parts do not matter.
    private static func jwt(_ payload: String) -> String {
        "eyJhbGciOiJIUzI1NiJ9.\(Base64.encodeURLSafe(Array(payload.utf8))).c2ln"
    }

    @Test(
        "The kind of a key is recognized without a call",
        arguments: [
            ("sb_secret_abc", .ok, "a secret key"), ("sb_publishable_abc", .fail, "publishable"), ("hunter2", .warn, "neither"),
            ("eyJhbGciOiJIUzI1NiJ9", .fail, "part of it is missing"), ("eyJ.wrong.key", .fail, "part of it is missing"),
            (jwt("7"), .fail, "part of it is missing"), (jwt(#"{"role":"service_role"}"#), .ok, "service_role"),
            (" \(jwt(#"{"role":"service_role","exp":1795500001}"#))\n", .ok, "service_role"),
            (jwt(#"{"role":"service_role","exp":1795500000}"#), .fail, "expired at 2026-11-24T06:00:00.000Z"),
            (jwt(#"{"role":"service_role","exp":9223372036854775807}"#), .ok, "service_role"),
            (jwt(#"{"role":"service_role","exp":-9223372036854775808}"#), .fail, "expired"),
            (jwt(#"{"role":"anon"}"#), .fail, "the key of anon"), (jwt("{}"), .fail, "no role"),
            (jwt(#"{"role":"service_role","ref":"abc"}"#), .ok, "service_role"),
            (jwt(#"{"role":"service_role","ref":"xyz"}"#), .fail, "to the project xyz, but supabase.url to abc"),
        ] as [(String, Finding.Level, String)])
    func key(text: String, level: Finding.Level, words: String) {
        let finding = ServiceKey(Secret(text), url: "https://abc.supabase.co").finding(at: Self.now)
        #expect(finding.level == level && finding.message.contains(words), "\(finding)")
        #expect((finding.advice == nil) == (level == .ok))
        #expect(!"\(finding)".contains(text))
    }

    @Test("The URL of a self-hosted server contains no project", arguments: ["http://127.0.0.1:8000", "https://db.example.com"])
    func ownServer(url: String) {
        let key = Secret(Self.jwt(#"{"role":"service_role","ref":"xyz"}"#))
        #expect(ServiceKey(key, url: url).finding(at: Self.now).level == .ok)
    }

    @Test(
        "The database's clock is compared with the middle of the query's time",
        arguments: [
            (0, .ok), (5, .ok), (-5, .ok), (6, .warn), (-6, .warn), (300, .warn), (301, .fail), (-301, .fail),
        ] as [(Int64, Finding.Level)])
    func clock(seconds: Int64, level: Finding.Level) {
        let sent = Self.now
        let finding = ClockRule(database: sent.adding(.seconds(1 + seconds)), sent: sent, received: sent.adding(.seconds(2))).finding
        #expect(finding.level == level)
        if level != .ok { #expect(finding.message.contains("\(abs(seconds)) s \(seconds < 0 ? "behind" : "ahead of") ours")) }
    }
}
