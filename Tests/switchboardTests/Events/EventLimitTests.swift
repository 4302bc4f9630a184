import Foundation
import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("The costs of a stream of events are bounded")
struct EventLimitTests {
    private func metric(_ name: String, _ gateway: GatewayProcess) async throws -> Int? {
        let page = try await GatewayClient(gateway).get("/metrics").text
        return page.split(separator: "\n").first { $0.hasPrefix("\(name) ") }.flatMap { Int($0.dropFirst(name.count + 1)) }
    }

    @Test("A client that does not read is disconnected; meanwhile webhooks are acknowledged, and other streams continue")
    func slow() async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: "{ write_timeout: 1s }")) { _, gateway in
            let slow = try EventReader(gateway, "last_event_id=0", window: 4096)
            let other = try EventReader(gateway, "kind=status")
            try await other.begun()
            let client = try GatewayClient(gateway)
            let text = String(repeating: "x", count: 100_000)
            // More than the system buffers for a connection that is not read.
            for number in 0..<100 {
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"], text: text)).status == 200)
            }
            #expect(try await client.deliver(WhatsAppWebhook.status("wamid.out")).status == 200)
            #expect(try await other.events(1).map(\.externalID) == ["wamid.out"])
            try await waiting(for: "the slow stream to be dropped") {
                try await metric("switchboard_event_streams_dropped_total", gateway) == 1 ? () : nil
            }
            #expect(try await metric("switchboard_event_streams", gateway) == 1)
            #expect(try await metric("switchboard_events_sent_total", gateway).map { $0 >= 1 } == true)
            try await waiting(for: "the line about the slow reader") {
                gateway.log.contains("the client did not read fast enough") ? true : nil
            }
            withExtendedLifetime(slow) {}
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.after"])).status == 200)
        }
    }

    @Test("A stream beyond the limit is answered 503 until another one has ended")
    func limit() async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(server: "{ event_streams: 2 }")) { _, gateway in
            var first: EventReader? = try EventReader(gateway)
            let second = try EventReader(gateway)
            try await first?.begun()
            try await second.begun()
            #expect(try await metric("switchboard_event_streams", gateway) == 2)
            let refused = try await GatewayClient(gateway).getAsOperator("/events")
            #expect(refused.status == 503 && refused.isProblem && refused.header("retry-after") == "5")
            #expect(refused.text.contains("server.event_streams"))
            // This closes its connection.
            first = nil
            try await waiting(for: "a place") { try await metric("switchboard_event_streams", gateway) == 1 ? () : nil }
            try await EventReader(gateway).begun()
        }
    }

    @Test("At a shutdown all streams end at once, including that of a client that does not read")
    func shutdown() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let reader = try EventReader(gateway)
            try await reader.begun()
            let client = try GatewayClient(gateway)
            let text = String(repeating: "x", count: 100_000)
            for number in 0..<60 {
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"], text: text)).status == 200)
            }
            let unread = try EventReader(gateway, "last_event_id=0", window: 4096)
            let idle = try EventReader(gateway)
            try await idle.begun()
            try await waiting(for: "three streams") { try await metric("switchboard_event_streams", gateway) == 3 ? () : nil }
            #expect(try await gateway.terminate() == 0)
            #expect(try await idle.end().hasSuffix("0\r\n\r\n"))
            withExtendedLifetime(unread) {}
            // A stream that has not ended 20 seconds after the signal is cancelled, and closed for another reason.
            #expect(gateway.log.components(separatedBy: "the gateway stops").count == 4)
            #expect(!gateway.log.contains("the client closed the connection"))
        }
    }

    @Test("HEAD is answered without a stream, and its connection ends")
    func head() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let reader = try EventReader(gateway, method: "HEAD")
            let answer = try await reader.end()
            #expect(answer.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.contains("text/event-stream") && answer.hasSuffix("\r\n\r\n"))
            #expect(!answer.contains("retry:"))
            try await waiting(for: "the stream to end") { try await metric("switchboard_event_streams", gateway) == 0 ? () : nil }
        }
    }

    @Test("A heartbeat is sent while nothing is stored, with the position that the filter has passed")
    func heartbeat() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            let all = try await EventReader(gateway, "last_event_id=0").events(1)
            let reader = try EventReader(gateway, "last_event_id=0&kind=status")
            try await reader.begun()
            let text = try await waiting(for: "a heartbeat") {
                let text = try await reader.answer().text
                return text.contains(": still here\n") ? text : nil
            }
            #expect(text.contains(": still here\nid: \(all[0].id ?? "")\n\n"))
        }
    }

    @Test("A read-only gateway streams what another gateway stores")
    func readOnly() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let other = try await folder.start(arguments: ["--read-only"])
            let reader = try EventReader(other)
            try await reader.begun()
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            #expect(try await reader.events(1).map(\.externalID) == ["wamid.1"])
        }
    }
}
