import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("Chat events by a session's token")
struct SessionTokenTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test("An event needs no phone: it is of the session's person", arguments: [nil, "+919876543210", "098765 43210"])
    func phone(phone: String?) async throws {
        let token = try await token()
        rig.clock.advance(by: .seconds(60))
        let answer = try await rig.chat(Body.event("1", phone: phone), token: token)
        #expect(answer.description == #"200 {"accepted":1,"duplicates":0}"#)
        #expect(
            try rig.file.rows("SELECT phone, last_activity FROM messages JOIN sessions USING (session_id, contact_id)") == [
                "+919876543210|2026-11-22T18:01:00.000Z"
            ])
        #expect(try rig.file.rows("SELECT headers FROM deliveries").contains { $0.contains(token) } == false)
    }

    @Test(
        "An event with another's phone is answered 422, and nothing of its batch is stored",
        arguments: [
            (Body.event("1", phone: "+919812345678"), "data.phone"),
            ("[\(Body.event("1")),\(Body.event("2", phone: "+919812345678"))]", "[1].data.phone"),
        ])
    func foreign(body: String, field: String) async throws {
        let answer = try await rig.chat(body, token: try await token())
        #expect(answer.status == 422)
        #expect(answer.problem == ["\(field) is not the phone of the session"])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
        #expect(try rig.file.count("contacts") == 1)
    }

    @Test("A batch with one bad item keeps its neighbours")
    func oneBadItem() async throws {
        let answer = try await rig.chat("[\(Body.event("1", phone: nil)),{}]", token: try await token())
        #expect(answer.status == 200)
        #expect(answer.json?["accepted"].int == 1)
        #expect(answer.json?["rejected"].count == 1)
    }

    @Test("A token of no live session is answered 401", arguments: ["unknown", "ended", "expired"])
    func notLive(which: String) async throws {
        var token = try await token()
        switch which {
        case "unknown": token = "nobody's"
        case "ended": #expect(try await rig.session("POST", "/session/end", token: token).status == 200)
        default: rig.clock.advance(by: .seconds(86_400))
        }
        let answer = try await rig.chat(Body.event("1", phone: nil), token: token)
        #expect(answer.status == 401)
        #expect(answer.problem == [])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A token proves nobody to a provider's account")
    func provider() async throws {
        let answer = try await rig.send(
            "POST", "/webhooks/whatsapp-cloud/main", headers: [Delivery.Header("x-session-token", try await token())],
            body: Array(Body.whatsApp("1").utf8))
        #expect(answer.status == 401)
    }

    @Test("A token beside a signature does not make a wrong signature right")
    func both() async throws {
        let body = Array(Body.event("1").utf8)
        let headers =
            [Delivery.Header("content-type", "application/json"), Delivery.Header("x-session-token", try await token())]
            + rig.signature("/webhooks/chat/main", body)
        #expect(try await rig.send("POST", "/webhooks/chat/main", headers: headers, body: body + [0x20]).status == 401)
        #expect(try await rig.send("POST", "/webhooks/chat/main", headers: headers, body: body).status == 200)
    }

    private func token() async throws -> String {
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat"}"#)
        guard let token = answer.json?["session_token"].string else { throw Unexpected(what: "no token: \(answer)") }
        return token
    }
}
