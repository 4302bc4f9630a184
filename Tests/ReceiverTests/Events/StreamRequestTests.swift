import HTTPTypes
import Messaging
import Testing

@testable import Receiver

@Suite("Requests to /events")
struct StreamRequestTests {
    private static let known = StreamRequest.Known(
        channels: ["chat", "whatsapp"],
        accounts: [Account(adapter: "chat", name: "main", secrets: []), Account(adapter: "whatsapp-cloud", name: "main", secrets: [])])

    private func request(_ query: String, lastEventIDs: [String] = []) throws(Problem) -> StreamRequest {
        try StreamRequest(target: "/events\(query)", lastEventIDs: lastEventIDs, Self.known)
    }

    @Test("Filter values may be repeated, separated by commas, and percent-encoded")
    func values() throws {
        let asked = try request("?kind=message&kind=status,notice&type=status.read,message.text&channel=chat&account=chat%2Fmain")
        #expect(asked.filter.kinds == ["message", "status", "notice"] && asked.filter.types == ["status.read", "message.text"])
        #expect(asked.filter.channels == ["chat"] && asked.filter.accounts == ["chat/main"] && asked.position == nil)
        #expect(try request("").filter == EventFilter() && request("?").filter == EventFilter())
    }

    @Test("Words of kinds other than messages are chosen by senders, so any word is accepted")
    func anyWord() throws {
        let types = "status.half_read,activity.screen.viewed,identity.identity.changed,notice.account_update,unsupported.x"
        #expect(try request("?type=\(types)").filter.types.count == 5)
    }

    @Test(
        "An impossible value is answered with a problem that lists the possible ones",
        arguments: [
            ("?kind=messages", "kind has an unknown value; known are message, status, activity, identity, notice, unsupported"),
            ("?kind=", "kind has an unknown value"), ("?kind=message,", "kind has an unknown value"),
            ("?channel=fax", "channel has an unknown value; known are chat, whatsapp"),
            ("?account=main", "account has an unknown value; known are chat/main, whatsapp-cloud/main"),
            ("?type=text", "type must be a kind, a dot and a word"), ("?type=message.hologram", "known are message.text, message.image"),
            ("?type=status.", "type must be a kind, a dot and a word"),
            ("?kinds=message", "query has an unknown parameter; known are kind, type, channel, account, last_event_id"),
            ("?last_event_id=abc", "last_event_id must be the id of an event"), ("?last_event_id=-1", "must be the id"),
            ("?last_event_id=99999999999999999999", "must be the id"), ("?last_event_id=1&last_event_id=2", "occurs more than once"),
        ])
    func unknown(query: String, detail: String) {
        let problem = #expect(throws: Problem.self) { try request(query) }
        #expect(problem?.status == .badRequest && problem?.detail.contains(detail) == true, "\(problem?.detail ?? "")")
    }

    @Test("All errors are reported at once, and no value of the client is repeated")
    func atOnce() {
        let problem = #expect(throws: Problem.self) { try request("?kind=secret-1&channel=secret-2&last_event_id=secret-3") }
        #expect(problem?.detail.contains("kind has") == true && problem?.detail.contains("last_event_id must") == true)
        #expect(problem.map { !$0.detail.contains("secret") && !$0.logged.contains("secret") } == true)
    }

    @Test("The header takes precedence over the query, and an empty position counts as none")
    func position() throws {
        #expect(try request("?last_event_id=7").position == 7)
        #expect(try request("?last_event_id=7", lastEventIDs: ["8"]).position == 8)
        #expect(try request("?last_event_id=", lastEventIDs: [""]).position == nil)
        #expect(try request("", lastEventIDs: ["0"]).position == 0)
        #expect(throws: Problem.self) { try request("", lastEventIDs: ["x"]) }
        #expect(throws: Problem.self) { try request("", lastEventIDs: ["1", "2"]) }
    }
}
