import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("Chat events with a session's token")
struct SessionTokenTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test("An event needs no phone: it belongs to the session's person", arguments: [nil, "+919876543210", "098765 43210"])
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
        case "unknown": token = "a-token-of-nobody"
        case "ended": #expect(try await rig.session("POST", "/session/end", token: token).status == 200)
        default: rig.clock.advance(by: .seconds(86_400))
        }
        let answer = try await rig.chat(Body.event("1", phone: nil), token: token)
        #expect(answer.status == 401)
        #expect(answer.problem == [])
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
    }

    @Test("A provider's account does not accept a token")
    func provider() async throws {
        let answer = try await rig.send(
            "POST", "/webhooks/whatsapp-cloud/main", headers: [Delivery.Header("x-session-token", try await token())],
            body: Array(Body.whatsApp("1").utf8))
        #expect(answer.status == 401)
    }

    @Test("A token beside a wrong signature does not make the request authentic")
    func both() async throws {
        let body = Array(Body.event("1").utf8)
        let headers =
            [Delivery.Header("content-type", "application/json"), Delivery.Header("x-session-token", try await token())]
            + rig.signature("/webhooks/chat/main", body)
        #expect(try await rig.send("POST", "/webhooks/chat/main", headers: headers, body: body + [0x20]).status == 401)
        #expect(try await rig.send("POST", "/webhooks/chat/main", headers: headers, body: body).status == 200)
    }

    @Test("Browsers all count from 1: the same source and id of two customers are two messages, and a repetition is a duplicate")
    func ownIDs() async throws {
        let event = Body.event("1", phone: nil)
        for phone in ["+919876543210", "+919812345678"] {
            let token = try await rig.token(of: phone)
            #expect(try await rig.chat(event, token: token).text == #"{"accepted":1,"duplicates":0}"#)
            #expect(try await rig.chat(event, token: token).text == #"{"accepted":0,"duplicates":1}"#)
        }
        #expect(
            try rig.file.rows("SELECT phone FROM messages JOIN contacts USING (contact_id) ORDER BY messages.seq")
                == ["+919876543210", "+919812345678"])
    }

    @Test("A token cannot use the ids of items that the account's secret signs, nor a signature those of a token")
    func signedIDs() async throws {
        let ofToken = Body.event("1", phone: nil)
        let signed = Body.event("1", phone: "+919812345678")
        for _ in 0..<2 {
            _ = try await rig.chat(ofToken, token: try await rig.token())
            _ = try await rig.post("/webhooks/chat/main", signed)
        }
        #expect(try rig.file.counts() == [2, 0, 0, 0, 2])
    }

    @Test("A kiosk account accepts no session token, which could use up the ids of its devices in advance")
    func kiosk() async throws {
        let answer = try await rig.chat(Body.event("1", phone: nil), token: try await rig.token(), at: "/webhooks/kiosk/lobby")
        #expect(answer.status == 401)
        #expect(answer.json?["detail"].string?.contains("x-session-token is not accepted by this account") == true)
        #expect(try rig.file.counts() == [0, 0, 0, 0, 0])
        #expect(try await rig.post("/webhooks/kiosk/lobby", Body.event("1")).text == #"{"accepted":1,"duplicates":0}"#)
    }

    @Test(
        "A text that cannot be a token is refused without a lookup", arguments: ["short", "two words", "•••", "a\u{e9}b4567890"])
    func impossible(token: String) async throws {
        #expect(try await rig.chat(Body.event("1", phone: nil), token: token).status == 401)
        #expect(try await rig.session("GET", "/session", token: token).status == 401)
        #expect(try await rig.session("POST", "/session/end", token: token).status == 401)
    }

    @Test("Two tokens in one request are refused, in either order")
    func repeated() async throws {
        let tokens = [try await rig.token(), "a-token-of-nobody"]
        for pair in [tokens, tokens.reversed()] {
            let headers = pair.map { Delivery.Header("x-session-token", $0) }
            let json = Delivery.Header("content-type", "application/json")
            let body = Array(Body.event("1", phone: nil).utf8)
            #expect(try await rig.send("POST", "/webhooks/chat/main", headers: headers + [json], body: body).status == 401)
            #expect(try await rig.send("GET", "/session", headers: headers).status == 401)
            #expect(try await rig.send("POST", "/session/end", headers: headers).status == 401)
        }
        #expect(try rig.file.count("messages") == 0)
    }

    private func token() async throws -> String { try await rig.token() }
}
