import HTTPTransport
import JSON
import Messaging
import SwitchboardTesting
import Testing

/// A number belongs to one person at both gateways, whichever of them the change was reported to.
@Suite("A number that passed on, at the gateway that was not told of it")
struct PassedNumberTests {
    private static let (old, new) = ("919876543210", "919812345678")

    private static func start(_ phone: String, _ customer: String? = nil) -> String {
        #"{"phone":"+\#(phone)","channel":"chat"\#(customer.map { #","customer_id":"\#($0)""# } ?? "")}"#
    }

    @Test("A start there with the number that its holder has left is another person's", arguments: SharedDatabase.Way.allCases)
    func left(way: SharedDatabase.Way) async throws {
        try await TwoGateways.with(by: way) { pair in
            let holder = try await pair.one.start(Self.start(Self.old, "C3"))
            #expect(try await pair.other.start(Self.start(Self.old)).token == holder.token)
            #expect(try await pair.one.deliver(WhatsAppWebhook.change("wamid.1", from: Self.old, to: Self.new)).accepted == 1)
            try await pair.drained()
            let next = try await pair.one.start(Self.start(Self.old, "NEW"))
            #expect(next.status == 201 && next.token != holder.token)
            let there = try await pair.other.start(Self.start(Self.old, "NEW"))
            #expect(there.status == 200 && there.token == next.token)
            #expect(try await pair.other.start(Self.start(Self.old)).token == next.token)
            #expect(try await pair.other.start(Self.start(Self.new, "C3")).token == holder.token)
            try await pair.drained()
            #expect(try await pair.one.start(Self.start(Self.new)).token == holder.token)
            #expect(try await pair.one.start(Self.start(Self.old)).token == next.token)
        }
    }

    @Test("The first start there with the number opens a session of its own, with the channel and metadata of the start")
    func firstStart() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            let mark = #"{"phone":"+\#(Self.old)","channel":"kiosk","customer_id":"C3","metadata":{"seat":"12"}}"#
            let holder = try await pair.one.start(mark)
            #expect(try await pair.other.start(Self.start(Self.old)).token == holder.token)
            #expect(try await pair.one.deliver(WhatsAppWebhook.change("wamid.1", from: Self.old, to: Self.new)).accepted == 1)
            try await pair.drained()
            let next = try await pair.other.start(Self.start(Self.old))
            #expect(next.status == 201 && next.token != holder.token && !next.text.contains("seat"))
            #expect(next.json?["session"]["channel"].string == "chat" && next.json?["session"]["phone"].string == "+\(Self.old)")
            #expect(try await pair.one.get("/session", token: holder.token).json?["session"]["phone"].string == "+\(Self.new)")
            #expect(try await pair.other.get("/session", token: holder.token).sessionID == holder.sessionID)
        }
    }

    @Test("A number that passed from one customer to another leads to the new one at both gateways")
    func passed() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            let taker = try await pair.one.start(Self.start(Self.old, "C3"))
            let giver = try await pair.one.start(Self.start(Self.new, "C5"))
            #expect(try await pair.other.start(Self.start(Self.old)).token == taker.token)
            #expect(try await pair.other.start(Self.start(Self.new)).token == giver.token)
            #expect(try await pair.one.deliver(WhatsAppWebhook.change("wamid.1", from: Self.old, to: Self.new)).accepted == 1)
            try await pair.drained()
            for gateway in [pair.one, pair.other] {
                #expect(try await gateway.start(Self.start(Self.new)).token == taker.token)
                #expect(try await gateway.start(Self.start(Self.new, "C3")).token == taker.token)
                #expect(try await gateway.start(Self.start(Self.new, "C5")).status == 409)
            }
        }
    }

    @Test("A notice of a change that reaches both gateways moves nobody who has got the number since")
    func repeated() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            let holder = try await pair.one.start(Self.start(Self.old, "OLD"))
            // The time of the notice, in whole seconds, is not before the start.
            let notice = WhatsAppWebhook.change("wamid.1", from: Self.old, to: Self.new)
            #expect(try await pair.one.deliver(notice).accepted == 1)
            try await pair.drained()
            // The time of the notice stands for any moment in its second.
            try await Task.sleep(for: .seconds(1))
            let next = try await pair.one.start(Self.start(Self.old, "NEW"))
            #expect(next.status == 201)
            try await pair.drained()
            _ = try await pair.other.deliver(notice)
            try await pair.drained()
            for gateway in [pair.one, pair.other] {
                #expect(try await gateway.start(Self.start(Self.old, "NEW")).token == next.token)
                #expect(try await gateway.start(Self.start(Self.new, "OLD")).token == holder.token)
                #expect(try await gateway.start(Self.start(Self.new)).token == holder.token)
            }
            #expect(
                try await pair.database.rows("select phone, customer_id, status from sessions order by created_at") == [
                    ["+\(Self.new)", "OLD", "active"], ["+\(Self.old)", "NEW", "active"],
                ])
        }
    }

    @Test("Messages of the new holder reach their session there from the second message on")
    func messages() async throws {
        try await TwoGateways.with(by: .postgres) { pair in
            #expect(try await pair.one.start(Self.start(Self.old, "C3")).status == 201)
            #expect(try await pair.other.deliver(WhatsAppWebhook.texts(["wamid.0"], from: Self.old)).accepted == 1)
            try await pair.drained()
            #expect(try await pair.one.deliver(WhatsAppWebhook.change("wamid.1", from: Self.old, to: Self.new)).accepted == 1)
            try await pair.drained()
            let next = try await pair.one.start(Self.start(Self.old, "NEW"))
            for id in ["wamid.2", "wamid.3"] {
                #expect(try await pair.other.deliver(WhatsAppWebhook.texts([id], from: Self.old)).accepted == 1)
                try await pair.drained()
            }
            #expect(
                try await pair.database.rows("select session_id from messages where external_id = 'wamid.3'") == [[next.sessionID]])
            #expect(try pair.otherJournal.rows("SELECT session_id FROM messages WHERE external_id = 'wamid.3'") == [[next.sessionID]])
        }
    }
}
