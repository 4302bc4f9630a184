import HTTPTransport
import Hummingbird
import HummingbirdTesting
import Journal
import Messaging
import SwitchboardTesting
import Testing

@testable import Replay

@Suite("Reasons that a gateway's answer omits")
struct GatewaySinkTests {
    @Test("If the answer only counts rejected items, the reasons come from the adapter")
    func reasons() async throws {
        var capture = Captures.text("wamid.1")
        capture.delivery.body = Array(#"{"object":"whatsapp_business_account","entry":[7,8]}"#.utf8)
        let outcomes = try await outcomes(of: [capture], counts: "accepted=0, duplicates=0, rejected=2")
        #expect(outcomes == [.taken(ReplayCounts(rejected: 2, reasons: ["entry[0] must be an object", "entry[1] must be an object"]))])
    }

    @Test("If the account is not configured, there are no reasons; if all items were accepted, the adapter is not asked")
    func none() async throws {
        var unknown = Captures.text("wamid.1")
        unknown.delivery.account = "second"
        #expect(try await outcomes(of: [unknown], counts: "rejected=1") == [.taken(ReplayCounts(rejected: 1))])
        #expect(try await outcomes(of: [Captures.text("wamid.1")], counts: "accepted=1") == [.taken(ReplayCounts(accepted: 1))])
    }

    /// The outcomes of captures at a gateway that answers in a provider's own format, with the counts in a header.
    private func outcomes(of captures: [Capture], counts: String) async throws -> [ReplayOutcome] {
        let router = Router()
        router.post("/webhooks/:adapter/:account") { _, _ in
            Response(status: .ok, headers: [.init(DeliveryOutcome.header) ?? .accept: counts])
        }
        let application = Application(router: router, configuration: .init(address: .hostname("127.0.0.1", port: 0)))
        return try await application.test(.live) { server in
            let base = "http://127.0.0.1:\(try #require(server.port))"
            let client = ReplayClient(transport: try HTTPTransport(), base: base, signer: nil)
            let sink = GatewaySink(client, events: Captures.events)
            return try await sink.finish(sink.begin(captures)).outcomes
        }
    }
}
