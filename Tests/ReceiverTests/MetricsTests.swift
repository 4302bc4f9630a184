import Journal
import Messaging
import Receiver
import SwitchboardTesting
import Testing

@Suite("GET /metrics")
struct MetricsTests {
    @Test("A webhook is counted once, by its account and its answer")
    func webhooks() async throws {
        let rig = try TestReceiver()
        for id in ["1", "1", "2"] { #expect(try await rig.post("/webhooks/kiosk/lobby", Body.event(id)).status == 200) }
        #expect(try await rig.post("/webhooks/whatsapp-cloud/main", "[]").status == 200)
        #expect(try await rig.post("/webhooks/chat/main", Body.event("3")).status == 200)
        #expect(try await rig.send("POST", "/webhooks/chat/main", body: Array(Body.event("4").utf8)).status == 401)
        #expect(try await rig.post("/webhooks/chat/main", "{").status == 400)
        #expect(try await rig.post("/webhooks/chat/main", Body.event("5", phone: "no phone")).status == 422)
        let counts = try await rig.series("switchboard_webhooks_total")
        #expect(
            counts.filter { $0.value != "0" } == [
                #"{account="lobby",adapter="kiosk",answer="accepted",status="200"}"#: "2",
                #"{account="lobby",adapter="kiosk",answer="duplicate",status="200"}"#: "1",
                #"{account="main",adapter="whatsapp-cloud",answer="unreadable",status="200"}"#: "1",
                #"{account="main",adapter="chat",answer="accepted",status="200"}"#: "1",
                #"{account="main",adapter="chat",answer="refused",status="401"}"#: "1",
                #"{account="main",adapter="chat",answer="refused",status="400"}"#: "1",
                #"{account="main",adapter="chat",answer="refused",status="422"}"#: "1",
            ])
        // Only accepted webhooks are timed.
        #expect(
            try await rig.series("switchboard_webhook_acknowledgement_seconds_count").filter { $0.value != "0" } == [
                #"{adapter="kiosk"}"#: "3", #"{adapter="whatsapp-cloud"}"#: "1", #"{adapter="chat"}"#: "1",
            ])
    }

    @Test("Metrics are at one path only, so that a proxy can refuse it", arguments: ["/metrics/", "//metrics", "/metrics//", "/./metrics"])
    func path(_ path: String) async throws {
        let rig = try TestReceiver()
        #expect(try await rig.send("GET", path).status == 404)
        #expect(try await rig.send("GET", "/metrics").status == 200)
    }

    @Test("No text of a request creates a series: neither its path, nor its account, nor a word in it")
    func bounded() async throws {
        let rig = try TestReceiver()
        func lines() async throws -> Int { try await rig.send("GET", "/metrics").text.split(separator: "\n").count }
        let before = try await lines()
        for number in 0..<50 {
            _ = try await rig.post("/webhooks/kiosk/unknown-\(number)", Body.event("\(number)"))
            _ = try await rig.post("/webhooks/kiosk/lobby?\(number)", Body.event("\(number)", type: "type.\(number)"))
            _ = try await rig.start(#"{"phone":"+9198765432\#(10 + number % 90)","channel":"chat"}"#)
            _ = try await rig.session("GET", "/session", token: "token-\(number)")
        }
        #expect(try await lines() == before)
    }

    @Test("Items are counted by the table in which they are stored, and transactions with their writes")
    func items() async throws {
        let rig = try TestReceiver()
        _ = try await rig.post("/webhooks/kiosk/lobby", "[\(Body.event("1")),\(Body.event("2", type: "screen.viewed")),0]")
        _ = try await rig.post("/webhooks/kiosk/lobby", Body.event("1"))
        #expect(
            try await rig.series("switchboard_items_stored_total") == [
                #"{table="messages"}"#: "1", #"{table="message_statuses"}"#: "0", #"{table="events"}"#: "1",
                #"{table="dead_letters"}"#: "1",
            ])
        // A request for the page also writes a row. Both counts come from the same page.
        let page = try await rig.send("GET", "/metrics").text
        let commits = TestReceiver.series("switchboard_journal_commit_seconds_count", on: page)[""].flatMap { Int($0) } ?? 0
        #expect(commits >= 2 && TestReceiver.series("switchboard_journal_commit_writes_count", on: page) == ["": "\(commits)"])
    }

    @Test("Events are counted by their kind, including repeated and unreadable ones")
    func events() async throws {
        let rig = try TestReceiver()
        _ = try await rig.post("/webhooks/kiosk/lobby", "[\(Body.event("1")),\(Body.event("2", type: "screen.viewed")),0]")
        _ = try await rig.post("/webhooks/kiosk/lobby", Body.event("1"))
        _ = try await rig.post("/webhooks/whatsapp-cloud/main", Body.whatsApp("wamid.1"))
        #expect(try await rig.post("/webhooks/chat/main", "{").status == 400)
        #expect(
            try await rig.series("switchboard_events_total").filter { $0.value != "0" } == [
                #"{adapter="kiosk",kind="message"}"#: "2", #"{adapter="kiosk",kind="activity"}"#: "1",
                #"{adapter="kiosk",kind="unreadable"}"#: "1", #"{adapter="whatsapp-cloud",kind="message"}"#: "1",
            ])
    }

    @Test("A wrong or missing signature is counted for its account; an unknown token or a wrong body is not")
    func signatures() async throws {
        let rig = try TestReceiver()
        let signature = rig.signature("/webhooks/kiosk/lobby", Array(Body.event("1").utf8))
        let other = Array(Body.event("2").utf8)
        #expect(try await rig.send("POST", "/webhooks/kiosk/lobby", headers: signature, body: other).status == 401)
        #expect(try await rig.send("POST", "/webhooks/kiosk/lobby", body: other).status == 401)
        #expect(try await rig.chat(Body.event("3"), token: String(repeating: "a", count: 43)).status == 401)
        #expect(try await rig.post("/webhooks/kiosk/lobby", "{").status == 400)
        #expect(
            try await rig.series("switchboard_signature_failures_total").filter { $0.value != "0" } == [
                #"{account="lobby",adapter="kiosk"}"#: "2"
            ])
    }

    @Test("Active sessions are counted, ended ones are not")
    func activeSessions() async throws {
        let rig = try TestReceiver()
        _ = try await rig.token()
        #expect(try await rig.session("POST", "/session/end", token: try await rig.token(of: "+919876543211")).status == 200)
        #expect(try await rig.series("switchboard_sessions_active") == ["": "1"])
    }

    @Test("A session call is counted and timed by its route and status")
    func sessions() async throws {
        let rig = try TestReceiver()
        let token = try await rig.token()
        _ = try await rig.token()
        #expect(try await rig.start(#"{"phone":"none","channel":"chat"}"#).status == 422)
        #expect(try await rig.session("GET", "/session", token: token).status == 200)
        #expect(try await rig.session("GET", "/session", token: nil).status == 401)
        #expect(try await rig.session("POST", "/session/end", token: token).status == 200)
        let calls = try await rig.series("switchboard_session_calls_total").filter { $0.value != "0" }
        #expect(
            calls == [
                #"{call="start",status="201"}"#: "1", #"{call="start",status="200"}"#: "1", #"{call="start",status="422"}"#: "1",
                #"{call="show",status="200"}"#: "1", #"{call="show",status="401"}"#: "1", #"{call="end",status="200"}"#: "1",
            ])
        #expect(
            try await rig.series("switchboard_session_call_seconds_count") == [
                #"{call="start"}"#: "3", #"{call="show"}"#: "2", #"{call="end"}"#: "1",
            ])
    }

    @Test("Promtool accepts the page with every metric on it")
    func conventions() async throws {
        let status = PersistenceStatus(
            outboxDepth: 7, oldestUnsynced: Instant(milliseconds: 1_800_000_000_000), failure: "away",
            lastError: (reason: "\"away\"\n", at: Instant(milliseconds: 1_800_000_000_000)), carriedRows: 5, refusedRows: 1, failedCalls: 2)
        let rig = try TestReceiver(persistence: { status }, log: { (dropped: 1, omitted: 2) })
        _ = try await rig.post("/webhooks/kiosk/lobby", Body.event("1"))
        let page = try await rig.send("GET", "/metrics").text
        for name in [
            "switchboard_sync_last_error_timestamp_seconds", "switchboard_log_omitted_lines_total", "switchboard_body_bytes",
            "process_open_fds",
        ] {
            #expect(page.contains("\n\(name) "))
        }
        #expect(try await Promtool.complaints(about: page) == [])
    }
}

extension TestReceiver {
    /// The values of a metric on the page by their labels with braces; the key is empty if there are no labels.
    fileprivate func series(_ name: String) async throws -> [String: String] {
        Self.series(name, on: try await send("GET", "/metrics").text)
    }

    fileprivate static func series(_ name: String, on page: String) -> [String: String] {
        let lines = page.split(separator: "\n").filter { $0.hasPrefix(name) }
        return Dictionary(
            lines.compactMap { line -> (String, String)? in
                let rest = line.dropFirst(name.count)
                guard rest.first == " " || rest.first == "{", let space = rest.lastIndex(of: " ") else { return nil }
                return (String(rest[..<space]), String(rest[rest.index(after: space)...]))
            }, uniquingKeysWith: { first, _ in first })
    }
}
