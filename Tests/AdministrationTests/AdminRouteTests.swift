import Foundation
import HTTPTypes
import JSON
import Journal
import Messaging
import Receiver
import SwitchboardTesting
import Testing

@testable import Administration

@Suite("Administration over HTTP")
struct AdminRouteTests {
    /// An id of the right form that nothing has.
    private static let nothing = "01a2049a-fa35-7027-a07f-d114d83a73fa"

    private static let reads = [
        "overview", "series", "settings", "doctor", "conversations", "contacts/\(nothing)", "contacts/\(nothing)/timeline", "sessions",
        "sessions/\(nothing)", "captures", "captures/\(nothing)", "captures/\(nothing)/export", "captures/\(nothing)/curl", "dead-letters",
        "dead-letters/\(nothing)", "audit",
    ]
    private static let actions = [
        "contacts/\(nothing)/reveal", "sessions/\(nothing)/end", "captures/\(nothing)/replay", "dead-letters/\(nothing)/retry",
        "dead-letters/\(nothing)/discard", "dead-letters/retry", "dead-letters/discard", "journal/backup",
    ]

    @Test("Every route asks for an operator's token", arguments: reads.map { ("GET", $0) } + actions.map { ("POST", $0) })
    func unauthorized(method: String, path: String) async throws {
        let rig = try AdminRig()
        let method = HTTPRequest.Method(method) ?? .get
        let without = try await rig.send(method, "/admin/\(path)", headers: [:])
        #expect(without.status == 401 && without.fields == [])
        #expect(try await rig.send(method, "/admin/\(path)", headers: [.authorization: "Bearer another"]).status == 401)
    }

    @Test("An id that nothing has, and one that is none, are answered 404", arguments: (reads + actions).filter { $0.contains(nothing) })
    func unknown(path: String) async throws {
        let rig = try AdminRig()
        let method = Self.actions.contains(path) ? HTTPRequest.Method.post : .get
        let answer = try await rig.send(method, "/admin/\(path)")
        #expect(answer.status == 404 && answer.fields == [])
        #expect(try await rig.send(method, "/admin/\(path.replacing(Self.nothing, with: "7"))").status == 404)
        #expect(try rig.file.count("operator_actions") == 0)
    }

    @Test(
        "Another method is answered 405 with the methods that the path takes",
        arguments: [
            ("GET", "sessions/\(nothing)/end", "POST"), ("POST", "sessions/\(nothing)", "GET, HEAD"), ("DELETE", "captures", "GET, HEAD"),
        ])
    func otherMethod(method: String, path: String, allowed: String) async throws {
        let rig = try AdminRig()
        let answer = try await rig.send(HTTPRequest.Method(method) ?? .get, "/admin/\(path)")
        #expect(answer.status == 405 && answer.headers[.allow] == allowed)
    }

    @Test(
        "A query with something unknown or wrong is refused with the parameter's name",
        arguments: [
            ("conversations?limit=0", "limit"), ("conversations?limit=201", "limit"), ("conversations?limit=x", "limit"),
            ("conversations?after=x", "after"), ("conversations?query=a&after=7", "after"), ("conversations?page=2", "query"),
            ("conversations?limit=1&limit=2", "limit"), ("sessions?status=ended", "status"), ("sessions?phone=abc", "phone"),
            ("captures?since=yesterday", "since"), ("dead-letters?stage=other", "stage"), ("dead-letters?resolved=1", "resolved"),
            ("series?minutes=0", "minutes"), ("series?minutes=1441", "minutes"), ("overview?x=1", "query"), ("audit?after=-1", "after"),
        ])
    func wrongQuery(target: String, field: String) async throws {
        let rig = try AdminRig()
        let answer = try await rig.get("/admin/\(target)")
        #expect(answer.status == 400 && answer.fields == [field])
    }

    @Test("An action that takes no body refuses one, and a body beyond 64 KB is too large")
    func bodies() async throws {
        let rig = try AdminRig()
        let id = try await rig.event("1")
        #expect(try await rig.send(.post, "/admin/contacts/\(id)/reveal", #"{"why":"x"}"#).status == 400)
        let large = String(repeating: " ", count: 64 << 10) + "{}"
        #expect(try await rig.send(.post, "/admin/dead-letters/retry", large).status == 413)
        #expect(try rig.file.count("operator_actions") == 0)
    }

    @Test("An action that cannot be recorded is not performed")
    func unrecorded() async throws {
        let rig = try AdminRig()
        let contact = try await rig.event("1")
        let session = try rig.file.rows("SELECT session_id FROM sessions").first ?? ""
        try rig.file.execute(
            "CREATE TRIGGER no_more BEFORE INSERT ON operator_actions BEGIN SELECT RAISE(ABORT, 'the disk is full'); END")
        let reveal = try await rig.send(.post, "/admin/contacts/\(contact)/reveal")
        #expect(reveal.status == 503 && !reveal.text.contains("9812343210"))
        #expect(try await rig.send(.post, "/admin/sessions/\(session)/end").status == 503)
        #expect(try rig.file.rows("SELECT status FROM sessions") == ["active"])
    }

    @Test("One copy of the journal is made at a time: another is refused with the reason, and may be made afterwards")
    func backups() async throws {
        let rig = try AdminRig()
        // As `switchboard journal backup` does in another process.
        let folder = open(URL(fileURLWithPath: rig.path).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY)
        defer { close(folder) }
        try #require(flock(folder, LOCK_EX | LOCK_NB) == 0)
        let refused = try await rig.send(.post, "/admin/journal/backup")
        #expect(refused.status == 409 && refused.fields == [] && refused.text.contains("another copy is being made"), "\(refused)")
        #expect(try rig.file.rows("SELECT outcome FROM operator_actions").first?.contains("another copy is being made") == true)
        try #require(flock(folder, LOCK_UN) == 0)
        let made = try await rig.send(.post, "/admin/journal/backup")
        let copy = try #require(made.json?["path"].string)
        #expect(made.status == 201 && FileManager.default.fileExists(atPath: copy))
        rig.clock.advance(by: .seconds(1))
        #expect(try await rig.send(.post, "/admin/journal/backup").status == 201)
    }

    @Test("What operators did is listed with who, what, how it ended and from where, in pages, and can never be changed")
    func audit() async throws {
        let rig = try AdminRig()
        let contact = try await rig.event("1")
        let session = try rig.file.rows("SELECT session_id FROM sessions").first ?? ""
        _ = try await rig.send(.post, "/admin/contacts/\(contact)/reveal")
        rig.clock.advance(by: .seconds(1))
        for _ in 0..<2 { _ = try await rig.send(.post, "/admin/sessions/\(session)/end") }
        let first = try await rig.get("/admin/audit?limit=2")
        #expect(first.items.map { $0["outcome"].string } == ["was over already", "done"])
        #expect(first.items.map { $0["at"].string } == Array(repeating: rig.clock.now.description, count: 2))
        #expect(first.items.allSatisfy { $0["operator"].string == "ops" && $0["target"].string == session })
        let second = try await rig.get("/admin/audit?limit=2&after=\(first.next ?? "")")
        #expect(second.items.map { $0["action"].string } == ["contact.reveal"] && second.next == nil)
        for change in [
            "DELETE FROM operator_actions", "UPDATE operator_actions SET outcome = 'x'", "UPDATE operator_actions SET target = 'x'",
            "INSERT OR REPLACE INTO operator_actions (number, at, operator, action, target) VALUES (1, 'x', 'x', 'x', 'x')",
        ] {
            #expect(throws: (any Error).self) { try rig.file.execute(change) }
        }
        #expect(try rig.file.count("operator_actions") == 3)
    }

    @Test("The overview counts what the gateway has done, by account")
    func overview() async throws {
        let status = PersistenceStatus(
            outboxDepth: 4, oldestUnsynced: Instant(milliseconds: 1_795_370_390_000), failure: "401", isRefused: true, lastError: nil,
            carriedRows: 0, refusedRows: 0, failedCalls: 1)
        let rig = try AdminRig(persistence: { status })
        try await rig.event("1")
        try await rig.whatsApp(#""messages":[{"from":"919812343210"}]"#)
        _ = try await rig.send(.post, "/webhooks/kiosk/lobby", "{}", headers: [.contentType: "application/json"])
        let json = try await rig.get("/admin/overview").json
        #expect(json?["sessions_active"].int == 1 && json?["dead_letters_open"].int == 1 && json?["signature_failures"].int == 1)
        #expect(json?["outbox"]["depth"].int == 4 && json?["outbox"]["oldest_age_seconds"].int == 10)
        #expect(json?["supabase"]["state"].string == "refused")
        #expect(json?["journal"]["path"].string == rig.path && (json?["journal"]["bytes"].int ?? 0) > 0)
        let kiosk = json?["accounts"].elements.first { $0["adapter"].string == "kiosk" }
        #expect(kiosk?["deliveries"]["accepted"].int == 1 && kiosk?["deliveries"]["refused"].int == 1)
        #expect(kiosk?["last_webhook_at"].string == rig.clock.now.description && kiosk?["silent_seconds"].int == 0)
        #expect(json?["acknowledgement"]["p99_ms"].double != nil)
    }

    @Test("The series has a point for each minute, with what happened since the one before, and at most a day of them")
    func series() async throws {
        let rig = try AdminRig()
        #expect(try await rig.get("/admin/series").text == #"{"step_seconds":60,"points":[]}"#)
        await rig.history.sample()
        for minute in 1...3 {
            for number in 0..<minute { try await rig.event("\(minute) \(number)") }
            rig.clock.advance(by: .seconds(60))
            await rig.history.sample()
        }
        let points = try await rig.get("/admin/series?minutes=2").json?["points"].elements.map { $0["deliveries"].int }
        #expect(points == [2, 3])
        for _ in 0..<1440 { await rig.history.sample() }
        #expect(try await rig.get("/admin/series?minutes=1440").json?["points"].count == 1440)
    }

    @Test("The settings are shown as YAML with every key of the shipped file, and without a secret")
    func settings() async throws {
        let rig = try AdminRig()
        let text = try await rig.get("/admin/settings").json?["text"].string ?? ""
        #expect(text.contains("name: lobby") && text.contains("•••"))
        #expect(!text.contains(AdminRig.secret) && !text.contains(AdminRig.token))
        let shipped = try String(
            contentsOf: URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../Config/switchboard.yaml"),
            encoding: .utf8)
        let keys = shipped.matches(of: /(?m)^ {0,2}[a-z_]+:/).map { String($0.output) }
        #expect(keys.count > 30)
        #expect(keys.filter { !text.contains($0) } == [])
    }

    @Test("A backup is a new file beside the journal, and is recorded")
    func backup() async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        let answer = try await rig.send(.post, "/admin/journal/backup")
        let path = answer.json?["path"].string ?? ""
        #expect(answer.status == 201 && path.hasPrefix(String(rig.path.dropLast("journal.sqlite".count)) + "backup-"))
        #expect(try await JournalReader(path: path).activeSessionCount() == 1)
        #expect(try rig.file.rows("SELECT action, target, outcome FROM operator_actions") == ["journal.backup|\(path)|done"])
    }

    @Test("Doctor's findings are those of the verb")
    func doctor() async throws {
        let rig = try AdminRig()
        let findings = try await rig.get("/admin/doctor").json?["findings"].elements.map { $0["check"].string } ?? []
        #expect(findings.contains("journal.file") && findings.contains("settings.accounts"))
    }
}
