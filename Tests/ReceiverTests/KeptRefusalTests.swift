import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Refused webhooks that are kept")
struct KeptRefusalTests {
    private static let json = [Delivery.Header("content-type", "application/json")]

    /// The refused deliveries that were kept, in order of arrival.
    private func kept(_ rig: TestReceiver) async throws -> [Capture] {
        _ = await rig.journal.readiness()
        return try await rig.journal.reader.refusedCaptures(CaptureFilter(), limit: 100).reversed()
    }

    @Test("A refusal because of the sender is kept with its answer; one because of the gateway is not")
    func statuses() async throws {
        let rig = try TestReceiver(bodyLimit: 4096, keepRefused: true)
        var statuses: [Int] = []
        statuses.append(try await rig.send("POST", "/webhooks/kiosk/lobby", headers: Self.json, body: Array("{}".utf8)).status)
        statuses.append(try await rig.post("/webhooks/kiosk/lobby", "no JSON").status)
        statuses.append(try await rig.post("/webhooks/kiosk/lobby", "{}", type: "text/plain").status)
        statuses.append(try await rig.post("/webhooks/kiosk/lobby", "{}").status)
        statuses.append(try await rig.chat(Body.event("1"), token: "a-token-of-nobody").status)
        #expect(statuses == [401, 400, 415, 422, 401])
        for (path, body) in [("/webhooks/kiosk/nobody", "{}"), ("/webhooks/kiosk/lobby", String(repeating: " ", count: 5000))] {
            #expect([404, 413].contains(try await rig.post(path, body).status))
        }
        let captures = try await kept(rig)
        #expect(captures.map(\.refusal?.status) == statuses)
        #expect(captures[1].delivery.body == Array("no JSON".utf8))
        #expect(captures[3].refusal?.reason.isEmpty == false)
        #expect(captures[4].delivery.header("x-session-token") == "•••")
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("Without the setting no refusal is kept")
    func off() async throws {
        let rig = try TestReceiver()
        #expect(try await rig.post("/webhooks/kiosk/lobby", "no JSON").status == 400)
        #expect(try await kept(rig).isEmpty)
    }
}
