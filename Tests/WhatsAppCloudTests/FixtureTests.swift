import AdapterConformance
import JSON
import Messaging
import Testing
import WhatsAppCloud

@Suite("Captured webhooks")
struct FixtureTests {
    let adapter: WhatsAppCloudAdapter

    init() throws { adapter = try WhatsAppCloudAdapter(account: .testing) }

    @Test("A captured webhook gives the events beside it", arguments: try Fixture.all(of: "WhatsAppCloud"))
    func expectedEvents(fixture: Fixture) throws { try fixture.check(with: adapter) }

    @Test("Every item of a captured webhook has an event", arguments: try Fixture.all(of: "WhatsAppCloud"))
    func everyItemIsAnEvent(fixture: Fixture) throws {
        let delivery = try fixture.delivery()
        #expect(try adapter.events(in: delivery).count == JSON(parsing: delivery.body).itemCount)
    }

    @Test(
        "Every event of a webhook has an id of its own, except repeated reports about one item",
        arguments: try Fixture.all(of: "WhatsAppCloud"))
    func idsDiffer(fixture: Fixture) throws {
        let events = try adapter.events(in: fixture.delivery())
        let keys = events.map { "\($0.externalID) \($0.kind)" }
        #expect(Set(keys).count == keys.count)
    }

    @Test("A webhook read twice gives the same events", arguments: try Fixture.all(of: "WhatsAppCloud"))
    func repeatable(fixture: Fixture) throws {
        let delivery = try fixture.delivery()
        #expect(try adapter.events(in: delivery) == adapter.events(in: delivery))
    }

    @Test("There is a fixture for every message type, and for every kind of event content")
    func coverage() throws {
        let events = try Fixture.all(of: "WhatsAppCloud").flatMap { try adapter.events(in: $0.delivery()) }
        let types = events.compactMap { event in
            if case .message(let message) = event.content { message.type } else { nil }
        }
        #expect(Set(types) == Set(MessageType.allCases))
        let kinds = Set(events.map { $0.kind.prefix { $0 != " " } })
        #expect(kinds == ["message", "status", "activity", "identity", "notice", "unsupported", "unreadable"])
    }
}

extension Event {
    /// What identifies an item in addition to its id: its table, and its type or status.
    fileprivate var kind: String {
        switch content {
        case .message: "message"
        case .status(let status): "status \(status.status) \(status.distinction?.joined() ?? "") \(status.errors ?? "")"
        case .activity(let type, _): "activity \(type)"
        case .identity(let change): "identity \(change.type)"
        case .notice(let type, _): "notice \(type)"
        case .unsupported(let type, _): "unsupported \(type)"
        case .unreadable: "unreadable"
        }
    }
}

extension JSON {
    /// The number of items in a body, counted without the adapter.
    fileprivate var itemCount: Int {
        self["entry"].elements.reduce(0) { sum, entry in
            let changes = entry["changes"]
            return sum + (changes.kind == .array ? changes.elements.reduce(0) { $0 + $1.changeItemCount } : 1)
        }
    }

    private var changeItemCount: Int {
        let value = self["value"]
        return max(1, value.listedItemCount + value["standby"].listedItemCount)
    }

    private var listedItemCount: Int {
        let items = [
            "messages", "message_echoes", "statuses", "errors", "calls", "user_preferences", "user_id_update", "state_sync",
            "messaging_handovers",
        ]
        let history = self["history"].elements.reduce(0) { sum, chunk in
            let messages = chunk["threads"].elements.reduce(0) { $0 + $1["messages"].count }
            return sum + max(1, messages + chunk["errors"].count)
        }
        return history + items.reduce(0) { $0 + self[named: $1].elementCount }
    }

    private var elementCount: Int { kind == .array ? count : 0 }
}
