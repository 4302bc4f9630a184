import AdapterConformance
import Foundation
import Messaging
import Testing

@Suite("The example of Docs/Adapters.md")
struct ExampleTests {
    @Test(
        "The example is exactly the code that these tests run",
        arguments: ["AcmeAdapter.swift", "AcmeAdapterTests.swift", "Webhooks/Acme/text.http"])
    func example(file: String) throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent()
        let document = try String(contentsOf: folder.appending(path: "../../Docs/Adapters.md").standardized, encoding: .utf8)
        let text = try String(contentsOf: folder.appending(path: file), encoding: .utf8)
        // A package of its own would check that the adapter is a module.
        #expect(
            document.replacing("import Acme\n", with: "").contains(text),
            "copy Tests/AdapterConformanceTests/\(file) into Docs/Adapters.md, or the other way round")
    }

    @Test("Without the provider's words a redacted capture is read differently, and the check of a capture reports it")
    func wordless() throws {
        let account = Account(adapter: "acme", name: "main", secrets: [Secret("of the example")])
        let fixture = try #require(try Fixture.all(of: "Acme").first)
        let failure = #expect(throws: FixtureFailure.self) { try fixture.check(with: WordlessAdapter(account: account)) }
        #expect(failure?.description.contains("`vocabulary`") == true, "\(String(describing: failure))")
    }

    @Test("A capture without expected events fails with the command that records them")
    func unrecorded() throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchboard-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let capture = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Webhooks/Acme/text.http")
        try FileManager.default.createDirectory(at: folder.appending(path: "Webhooks/Acme"), withIntermediateDirectories: true)
        try FileManager.default.copyItem(at: capture, to: folder.appending(path: "Webhooks/Acme/text.http"))
        let fixture = try #require(try Fixture.all(of: "Acme", near: folder.appending(path: "Tests.swift").path).first)
        let account = Account(adapter: "acme", name: "main", secrets: [Secret("of the example")])
        let failure = #expect(throws: FixtureFailure.self) { try fixture.check(with: AcmeAdapter(account: account)) }
        #expect(failure?.description.contains("RECORD_FIXTURES=1 swift test") == true, "\(String(describing: failure))")
    }
}

/// The example adapter without its vocabulary for redaction.
private struct WordlessAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "acme", sender: .provider, channels: ["acme"])

    private let adapter: AcmeAdapter

    init(account: Account) throws(AccountError) { adapter = try AcmeAdapter(account: account) }

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        try adapter.authenticate(delivery, at: now)
    }

    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] { adapter.signatureHeaders(for: delivery, at: now) }

    func events(in delivery: Delivery) throws(PayloadError) -> [Event] { try adapter.events(in: delivery) }
}
