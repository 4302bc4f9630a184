import Foundation
import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Sessions over HTTP")
struct SessionRouteTests {
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver() }

    @Test("Two customers each have a session and a token; a WhatsApp message goes to its sender's session", arguments: [false, true])
    func twoCustomers(areNumbers: Bool) async throws {
        let id = { (number: String) in areNumbers ? number : "\"\(number)\"" }
        let first = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":\#(id("103"))}"#)
        let second = try await rig.start(#"{"phone":"+919987654321","channel":"kiosk","customer_id":\#(id("104"))}"#)
        #expect(first.status == 201 && second.status == 201)
        #expect(try token(first) != token(second))
        #expect(first.json?["session"]["customer_id"].string == "103")
        #expect(
            try rig.file.rows("SELECT phone, customer_id, typeof(customer_id), channel, status FROM sessions ORDER BY customer_id") == [
                "+919876543210|103|text|chat|active", "+919987654321|104|text|kiosk|active",
            ])
        rig.clock.advance(by: .seconds(60))
        #expect(try await rig.post("/webhooks/whatsapp-cloud/main", Body.whatsApp("1", timestamp: "1795370455")).status == 200)
        let shown = try await rig.session("GET", "/session", token: token(first))
        #expect(shown.json?["session"]["channel"].string == "chat")
        #expect(shown.json?["session"]["last_activity"].string == "2026-11-22T18:00:55.999Z")
        #expect(
            try rig.file.rows("SELECT m.session_id = s.session_id FROM messages m, sessions s WHERE s.customer_id = '103'") == ["1"])
    }

    @Test("A session is restored on another channel, and is not revived after its end")
    func restoration() async throws {
        let first = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
        #expect(first.status == 201)
        #expect(first.json?["restored"].bool == false)
        let second = try await rig.start(#"{"phone":"+919876543210","channel":"kiosk"}"#)
        #expect(second.status == 200)
        #expect(second.json?["restored"].bool == true)
        #expect(try token(second) == token(first))
        #expect(second.json?["session"]["session_id"].string == first.json?["session"]["session_id"].string)
        let ended = try await rig.session("POST", "/session/end", token: token(first))
        #expect(ended.status == 200)
        #expect(ended.json?["status"].string == "logged_out")
        #expect(try rig.file.rows("SELECT status FROM sessions") == ["logged_out"])
        let third = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"103"}"#)
        #expect(third.status == 201)
        #expect(try token(third) != token(first))
        #expect(try await rig.session("GET", "/session", token: token(first)).status == 401)
        #expect(try await rig.session("GET", "/session", token: token(third)).status == 200)
        #expect(try rig.file.rows("SELECT status FROM sessions ORDER BY session_id") == ["logged_out", "active"])
    }

    @Test("The answer to a start has the token, and every part of the session except the token")
    func shape() async throws {
        let answer = try await rig.start(
            #"{"phone":"098765 43210","channel":"chat","customer_id":"103","metadata":{"page":"/cart"}}"#)
        let session = try #require(answer.json?["session"])
        #expect(answer.json?.members.map(\.key) == ["session_token", "restored", "session"])
        #expect(
            session.members.map(\.key) == [
                "session_id", "customer_id", "phone", "channel", "status", "created_at", "last_activity", "expires_at", "metadata",
            ])
        let values = ["customer_id", "phone", "channel", "status", "created_at", "last_activity", "expires_at"].map {
            session[named: $0].string
        }
        #expect(
            values == [
                "103", "+919876543210", "chat", "active", "2026-11-22T18:00:00.000Z", "2026-11-22T18:00:00.000Z",
                "2026-11-23T18:00:00.000Z",
            ])
        #expect(session["metadata"].text == #"{"page":"/cart"}"#)
        #expect(try answer.text.components(separatedBy: token(answer)).count == 2)
        let shown = try await rig.session("GET", "/session", token: token(answer))
        #expect(shown.status == 200)
        #expect(shown.json?["session"].text == session.text)
        #expect(try !shown.text.contains(token(answer)))
    }

    @Test("A start that names another customer is answered 409 and shows nothing of the first")
    func conflict() async throws {
        let first = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"7311","metadata":{"vip":"yes"}}"#)
        let answer = try await rig.start(#"{"phone":"+919876543210","channel":"chat","customer_id":"104"}"#)
        #expect(answer.status == 409)
        #expect(answer.problem == ["customer_id is not the customer of the active session"])
        for told in try ["7311", "vip", token(first), #require(first.json?["session"]["session_id"].string)] {
            #expect(!answer.text.contains(told))
        }
    }

    @Test("Without a token, or with one of no live session, the answer is 401", arguments: [nil, "", "nobody's", "💥"])
    func noSession(token: String?) async throws {
        #expect(try await rig.start(#"{"phone":"+919876543210","channel":"chat"}"#).status == 201)
        for (method, path) in [("GET", "/session"), ("POST", "/session/end")] {
            let answer = try await rig.session(method, path, token: token)
            #expect(answer.status == 401)
            #expect(answer.problem == [])
        }
        #expect(try rig.file.rows("SELECT status FROM sessions") == ["active"])
    }

    @Test("An expired session is answered 401 before and after the sweep has marked it")
    func expired() async throws {
        let token = try await token(rig.start(#"{"phone":"+919876543210","channel":"chat"}"#))
        rig.clock.advance(by: .milliseconds(86_399_999))
        #expect(try await rig.session("GET", "/session", token: token).status == 200)
        rig.clock.advance(by: .milliseconds(1))
        #expect(try await rig.session("GET", "/session", token: token).status == 401)
        #expect(try await rig.journal.expireOverdueSessions() == 1)
        #expect(try await rig.session("GET", "/session", token: token).status == 401)
        #expect(try await rig.session("POST", "/session/end", token: token).status == 401)
    }

    @Test("A closed journal is answered 503 with Retry-After")
    func unavailable() async throws {
        let token = try await token(rig.start(#"{"phone":"+919876543210","channel":"chat"}"#))
        try rig.journal.close()
        let answers = try await [
            rig.start(#"{"phone":"+919876543210","channel":"chat"}"#), rig.session("POST", "/session/end", token: token),
            rig.session("GET", "/session", token: token),
        ]
        #expect(answers.map(\.status) == [503, 503, 503])
        #expect(answers.allSatisfy { $0.problem == [] && $0.header("retry-after") != nil })
    }

    @Test(
        "Another method is answered 405 with a problem that names the allowed methods",
        arguments: [("GET", "/session/start", "POST"), ("DELETE", "/session", "GET, HEAD")])
    func method(method: String, path: String, allowed: String) async throws {
        let answer = try await rig.send(method, path)
        #expect(answer.status == 405)
        #expect(answer.header("allow") == allowed)
        #expect(answer.problem == [])
    }

    private func token(_ answer: Answer) throws -> String {
        guard let token = answer.json?["session_token"].string else { throw Unexpected(what: "no token: \(answer)") }
        return token
    }
}
