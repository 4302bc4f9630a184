import Foundation
import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

/// Streams over loopback, from a gateway with a separate journal.
@Suite("The stream of events")
struct EventStreamTests {
    private func deliver(_ ids: [String], to gateway: GatewayProcess) async throws {
        let client = try GatewayClient(gateway)
        for id in ids { #expect(try await client.deliver(WhatsAppWebhook.texts([id])).status == 200) }
    }

    private func ids(_ events: [EventReader.Event]) -> [String] { events.map(\.externalID) }

    @Test("Items that are stored while it is open arrive in the order of the commits, each as a CloudEvent")
    func order() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            try await deliver(["wamid.before"], to: gateway)
            let reader = try EventReader(gateway)
            try await reader.begun()
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1", "wamid.2"])).status == 200)
            #expect(try await client.deliver(WhatsAppWebhook.status("wamid.out")).status == 200)
            #expect(try await client.deliver(KioskEvent.body("1", "message.text"), to: .kiosk).status == 200)
            #expect(try await client.deliver(KioskEvent.body("2"), to: .kiosk).status == 200)
            let events = try await reader.events(5)
            #expect(
                events.map(\.type) == ["message.text", "message.text", "status.read", "message.text", "activity.screen.viewed"])
            #expect(ids(events) == ["wamid.1", "wamid.2", "wamid.out", "/k#1", "/k#2"])
            let positions = events.compactMap { $0.id.flatMap { Int($0) } }
            #expect(positions.count == 5 && positions == Array(Set(positions)).sorted())

            let first = events[0].data
            #expect(first["specversion"].string == "1.0" && first["type"].string == "message.text")
            #expect(first["source"].string == "/webhooks/whatsapp-cloud/main" && first["channel"].string == "whatsapp")
            #expect(first["position"].string == events[0].id && first["data"]["text"].string == "Hello")
            #expect(first["subject"].string == first["data"]["contact_id"].string)
            #expect(first["time"].string == first["data"]["sent_at"].string)
            #expect(Set(events.compactMap { $0.data["id"].string }).count == 5)
            #expect(events[2].data["channel"].string == "whatsapp" && events[4].data["channel"].string == "kiosk")
            let answer = try await reader.answer()
            #expect(answer.status == 200 && answer.text.contains("text/event-stream") && answer.text.contains("no-store"))
        }
    }

    @Test("It resumes after a position, also at the next gateway, without loss or repetition; the header precedes the query")
    func resumes() async throws {
        try await GatewayFolder.with { folder in
            let gateway = try await folder.start()
            let reader = try EventReader(gateway)
            let start = try await reader.begun()
            try await deliver(["wamid.1", "wamid.2", "wamid.3"], to: gateway)
            let events = try await reader.events(3)
            try await gateway.terminate()

            let next = try await folder.start()
            try await deliver(["wamid.4"], to: next)
            let later = try EventReader(next, lastEventID: events[1].id)
            #expect(ids(try await later.events(2)) == ["wamid.3", "wamid.4"])
            let byQuery = try EventReader(next, "last_event_id=\(events[0].id ?? "")")
            #expect(ids(try await byQuery.events(3)) == ["wamid.2", "wamid.3", "wamid.4"])
            let both = try EventReader(next, "last_event_id=0", lastEventID: events[2].id)
            #expect(ids(try await both.events(1)) == ["wamid.4"])
            let all = try EventReader(next, "last_event_id=\(start)")
            try await deliver(["wamid.5"], to: next)
            let whole = try await all.events(5)
            #expect(ids(whole) == ["wamid.1", "wamid.2", "wamid.3", "wamid.4", "wamid.5"])
            // The same event has the same id in every stream.
            #expect(whole[0].data["id"].string == events[0].data["id"].string && whole[0].id == events[0].id)
        }
    }

    @Test(
        "A filter admits events that match each of its names",
        arguments: [
            ("kind=status", ["wamid.out"]), ("kind=status,activity", ["wamid.out", "/k#2"]),
            ("kind=status&kind=activity", ["wamid.out", "/k#2"]), ("type=message.text", ["wamid.1", "/k#1"]),
            ("type=message.text&account=kiosk/lobby", ["/k#1"]), ("channel=kiosk", ["/k#1", "/k#2"]),
            ("channel=whatsapp&kind=message", ["wamid.1"]), ("account=kiosk%2Flobby,whatsapp-cloud/main&kind=activity", ["/k#2"]),
        ])
    func filters(query: String, expected: [String]) async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            #expect(try await client.deliver(WhatsAppWebhook.status("wamid.out")).status == 200)
            #expect(try await client.deliver(KioskEvent.body("1", "message.text"), to: .kiosk).status == 200)
            #expect(try await client.deliver(KioskEvent.body("2"), to: .kiosk).status == 200)
            // Everything is already stored, so a page has all of it.
            let reader = try EventReader(gateway, "last_event_id=0&\(query)")
            #expect(ids(try await reader.events(expected.count)) == expected)
        }
    }

    @Test("Items that another process stores beside the gateway arrive too")
    func otherProcess() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let reader = try EventReader(gateway)
            try await reader.begun()
            let body = WhatsAppWebhook.texts(["wamid.beside"])
            let line = #"{"adapter":"whatsapp-cloud","account":"main","method":"POST","target":"/webhooks/whatsapp-cloud/main","#
            try folder.write(
                line + #""received_at":"2026-11-22T17:51:27.000Z","headers":[["content-type","application/json"]],"#
                    + #""body":"\#(body.replacing("\"", with: "\\\""))"}"# + "\n", to: "beside.jsonl")
            let replay = try await folder.run("replay", "beside.jsonl", "--into", "journal.sqlite")
            #expect(replay.exitCode == 0, "\(replay.output) \(replay.errors)")
            #expect(ids(try await reader.events(1)) == ["wamid.beside"])
        }
    }

    @Test("A journal of an earlier version keeps the positions and ids of its events")
    func journalOfAnEarlierVersion() async throws {
        try await GatewayFolder.with { folder in
            let gateway = try await folder.start()
            try await deliver(["wamid.1", "wamid.2"], to: gateway)
            let before = try await EventReader(gateway, "last_event_id=0").events(2)
            try await gateway.terminate()
            try SwitchboardTesting.JournalFile(path: folder.journal.path).makeEarlier()

            let upgraded = try await folder.start()
            let reader = try EventReader(upgraded, lastEventID: before[0].id)
            try await deliver(["wamid.3"], to: upgraded)
            let after = try await reader.events(2)
            #expect(ids(after) == ["wamid.2", "wamid.3"] && after[0].id == before[1].id)
            #expect(after[0].data["id"].string == before[1].data["id"].string)
        }
    }

    @Test("Rows deleted after the client's position are reported before the next event, and a lost position too")
    func gap() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            try await deliver(["wamid.1", "wamid.2", "wamid.3", "wamid.4"], to: gateway)
            let events = try await EventReader(gateway, "last_event_id=0").events(4)
            try SwitchboardTesting.JournalFile(path: folder.journal.path)
                .execute("DELETE FROM messages WHERE external_id IN ('wamid.2', 'wamid.3')")
            let reader = try EventReader(gateway, "kind=message,status", lastEventID: events[0].id)
            let told = try await reader.events(2)
            #expect(told.map(\.type) == ["switchboard.gap", "message.text"] && told[1].externalID == "wamid.4")
            let gap = told[0].data["data"]
            #expect(told[0].id == nil && gap["reason"].string == "removed" && gap["count"].int == 2)
            #expect(gap["after"].string == events[0].id && gap["until"].string == events[3].id)

            let lost = try EventReader(gateway, lastEventID: "999999999")
            let said = try await lost.events(1)
            #expect(said[0].type == "switchboard.gap" && said[0].data["data"]["reason"].string == "unknown_position")
            #expect(said[0].id == events[3].id && said[0].data["data"]["until"].string == events[3].id)
            try await deliver(["wamid.5"], to: gateway)
            #expect(try await lost.events(2)[1].externalID == "wamid.5")
        }
    }
}
