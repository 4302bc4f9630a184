import AdapterConformance
import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("The captures in Webhooks, over HTTP")
struct FixtureTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test("Every capture is answered as documented, each of its events is one row, and repeating all gives duplicates")
    func everyCapture() async throws {
        let fixtures = try Fixture.all()
        let token = try await token()
        var rows = ["messages": Set<String>(), "message_statuses": [], "events": [], "dead_letters": []]
        for round in 1...2 {
            for fixture in fixtures {
                let delivery = try fixture.delivery()
                let expected = expectation(of: delivery)
                let answer = try await send(delivery, token: token)
                #expect(answer.status == expected.status, "\(fixture): \(answer)")
                for event in expected.events { rows[event.table]?.insert(event.key(in: delivery)) }
                // A provider's own format has no counts; only the comparison of the rows below checks these items.
                if let reply = rig.adapter(of: delivery)?.reply(to: DeliveryOutcome(accepted: 1, duplicates: 0, rejected: 0)) {
                    #expect(answer.text == reply.body && answer.header("content-type") == reply.contentType, "\(fixture): \(answer)")
                    continue
                }
                let counted = ["accepted", "duplicates", "differing"].map { answer.json?[named: $0].int ?? 0 }
                let rejected = answer.status == 200 ? answer.json?["rejected"].count ?? 0 : 0
                #expect(counted.reduce(0, +) + Int64(rejected) == Int64(expected.events.count), "\(fixture): \(answer)")
                if round == 2 { #expect(counted[0] == 0 && counted[2] == 0, "\(fixture): \(answer)") }
            }
            let counts = try rig.file.counts()
            #expect(counts.dropLast() == ["messages", "message_statuses", "events", "dead_letters"].map { rows[$0]?.count ?? 0 }[...])
        }
        #expect(
            try rig.file.rows("SELECT max(n) FROM (SELECT count(*) n FROM sessions WHERE status = 'active' GROUP BY contact_id)") == ["1"])
    }

    /// The expected status and events, from the adapter's own reading of the delivery.
    private func expectation(of delivery: Delivery) -> (status: Int, events: [Event]) {
        guard let adapter = rig.adapter(of: delivery) else { return (404, []) }
        let isProvider = type(of: adapter).traits.sender == .provider
        do throws(PayloadError) {
            let events = try adapter.events(in: delivery)
            if isProvider { return (200, events.isEmpty ? [whole(delivery)] : events) }
            return !events.isEmpty && events.allSatisfy { $0.table == "dead_letters" } ? (422, []) : (200, events)
        } catch {
            if isProvider { return (200, [whole(delivery)]) }
            return (error.code == .field ? 422 : error.code == .mediaType ? 415 : 400, [])
        }
    }

    /// The event for a provider's delivery of which nothing can be read.
    private func whole(_ delivery: Delivery) -> Event {
        let record = String(decoding: delivery.body, as: UTF8.self)
        let item = UnreadableItem(index: 0, error: PayloadError(.malformed, reason: ""), record: record)
        return Event(externalID: "", channel: .whatsapp, effect: .none, content: .unreadable(item))
    }

    /// Sends a capture with a new signature, or with a session's token if the capture has one.
    private func send(_ delivery: Delivery, token: String) async throws -> Answer {
        var sent = delivery
        if delivery.header("x-session-token") != nil {
            sent.headers = delivery.headers.filter { $0.name != "x-session-token" } + [Delivery.Header("x-session-token", token)]
        } else if let adapter = rig.adapter(of: delivery) {
            sent = adapter.signed(delivery, at: rig.clock.now)
        }
        return try await rig.send("POST", sent.target, headers: sent.headers, body: sent.body)
    }

    private func token() async throws -> String {
        let answer = try await rig.start(#"{"phone":"+919811111111","channel":"chat"}"#)
        guard let token = answer.json?["session_token"].string else { throw Unexpected(what: "no token: \(answer)") }
        return token
    }
}

extension Event {
    /// The table in which the item must be stored.
    fileprivate var table: String {
        switch content {
        case .message: "messages"
        case .status: "message_statuses"
        case .activity, .notice, .unsupported, .identity: "events"
        case .unreadable: "dead_letters"
        }
    }

    /// The item's unique key in its table.
    fileprivate func key(in delivery: Delivery) -> String {
        let key: String
        switch content {
        case .message: key = externalID
        case .status(let status):
            let told = [status.recipient, status.distinction?.joined() ?? status.detail, status.errors].map { $0 ?? "-" }.joined(
                separator: " ")
            key = "\(externalID) \(status.status) \((occurredAt ?? delivery.receivedAt)) \(told)"
        case .activity(let type, _), .notice(let type, _), .unsupported(let type, _): key = "\(externalID) \(type)"
        case .identity(let change): key = "\(externalID) \(change.type)"
        case .unreadable(let item): key = item.record
        }
        return "\(delivery.target) \(key)"
    }
}
