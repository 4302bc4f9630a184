import Foundation
import JSON
import Journal
import Kiosk
import Logging
import Messaging
import Operations
import Postgres
import Replay
import Supabase
import SwitchboardTesting
import Testing

@Suite("An operator's actions on a journal")
struct OperationsTests {
    private let rig: Rig

    init() throws { rig = try Rig() }

    @Test("The latest captures are listed with the items read from them, and their number")
    func latestCaptures() async throws {
        for number in 1...3 { try await rig.accept("\(number)") }
        let list = try await rig.reader.latestCaptures(CaptureFilter(), limit: 2)
        #expect(list.captures.map { $0.items.map(\.externalID) } == [["/app#3"], ["/app#2"]] && list.count == 3)
        let id = try #require(list.captures.first?.capture.id)
        let line =
            #"{"delivery_id":"\#(id)","received_at":"2027-01-15T08:00:00.000Z","adapter":"kiosk","account":"lobby","#
            + #""state":"accepted","items":1,"types":{"text":1},"bytes":\#(Rig.body("3").utf8.count)}"#
        #expect(list.captures.first?.json == line)
    }

    @Test("A capture is shown with its rows and its session; another id finds nothing")
    func captureDetail() async throws {
        try await rig.accept("1")
        let id = try #require(try await rig.reader.latestCaptures(CaptureFilter(), limit: 1).captures.first?.capture.id)
        let detail = try #require(try await rig.reader.captureDetail(id))
        #expect(detail.sessions.map(\.phone) == ["+919876543210"])
        let json = try JSON(parsing: Array(detail.json.utf8))
        #expect(json["items"][0]["table"].string == "messages" && json["items"][0]["session_id"].string == "\(detail.sessions[0].id)")
        #expect(json["capture"]["target"].string == "/webhooks/kiosk/lobby")
        #expect(try await rig.reader.captureDetail(DeliveryID(milliseconds: 0, sequence: 0, random: 0)) == nil)
    }

    @Test("A capture kept only because an item differs shows that item, the delivery of the stored one, and both values")
    func differingCapture() async throws {
        try await rig.accept("1")
        try await rig.accept(body: Rig.body("1").replacing("Hello", with: "Goodbye, Asha"), type: "application/cloudevents+json")
        let listed = try await rig.reader.latestCaptures(CaptureFilter(), limit: 2).captures
        let ids = listed.map(\.capture.id)
        try #require(ids.count == 2)
        #expect(listed.map(\.differing) == [1, 0] && listed[0].json.contains(#""items":0,"types":{},"differing":1,"#))
        let adapter = rig.adapter
        let shown = try await rig.reader.captureDetail(ids[0]) { _, _ in adapter }
        let detail = try #require(shown)
        #expect(detail.items == [])
        let item = try #require(detail.differing.first)
        #expect(detail.differing.count == 1 && item.table == .messages && item.type == "text" && item.externalID == "/app#1")
        #expect(item.storedBy == ids[1])
        #expect(item.columns?.first { $0.name == "text" } == CaptureDifference.Column(name: "text", stored: "Hello", made: "Goodbye, Asha"))
        let json = try JSON(parsing: Array(detail.json.utf8))["differing"][0]
        #expect(json["stored_by"].string == "\(ids[1])" && json["type"].string == "text" && json["external_id"].string == "/app#1")
        let text = json["columns"].elements.first { $0["name"].string == "text" }
        #expect(text?["stored"].string == "Hello" && text?["made"].string == "Goodbye, Asha")
        let first = try await rig.reader.captureDetail(ids[1]) { _, _ in adapter }
        #expect(first?.differing == [] && first?.items.count == 1)
        // Even without the adapter, the item's id is known.
        let unread = try #require(try await rig.reader.captureDetail(ids[0])?.differing.first)
        #expect(unread.externalID == "/app#1" && unread.columns == nil)
    }

    @Test("An export passes on every capture once, and returns their number")
    func export() async throws {
        for number in 1...3 { try await rig.accept("\(number)") }
        var bodies: [String] = []
        let export = try await rig.reader.exportCaptures(CaptureFilter()) {
            bodies.append(String(decoding: $0.delivery.body, as: UTF8.self))
        }
        #expect(bodies == (1...3).map { Rig.body("\($0)") })
        #expect(export.json == #"{"captures":3}"#)
    }

    @Test("A session is listed, ended once, and never shown with its token")
    func sessions() async throws {
        try await rig.accept("1")
        let listed = try #require(try await rig.reader.sessionList(limit: 10, at: rig.now).first)
        let (id, token) = (listed.session.id, listed.session.token)
        #expect(listed.json.hasPrefix(#"{"session_id":"\#(id)","contact_id":""#) && listed.json.contains(#""status":"active""#))
        let overdue = try await rig.reader.sessionDetail(id, at: listed.session.expiresAt.adding(.seconds(1)))
        #expect(overdue?.status == .expired)
        let ended = try await rig.journal.endSession(id, at: rig.now)
        #expect(ended.json.hasPrefix(#"{"ended":true,"session":{"session_id":"\#(id)""#) && ended.json.contains("logged_out"))
        let again = try await rig.journal.endSession(id, at: rig.now)
        #expect(again.json.hasPrefix(#"{"ended":false,"session":{"#) && again.json.contains("logged_out"))
        let unknown = try await rig.journal.endSession(SessionID(milliseconds: 0, sequence: 0, random: 0), at: rig.now)
        #expect(unknown == .unknown && unknown.json == #"{"ended":false}"#)
        for json in [listed.json, ended.json, again.json] { #expect(!json.contains(token.revealed)) }
    }

    @Test("A dead letter is shown with its record, retried with the installed version's adapter, and discarded once")
    func deadLetters() async throws {
        try await rig.accept(body: "[\(Rig.body("1")),0]", type: "application/cloudevents-batch+json")
        let letter = try #require(try await rig.reader.deadLetters(limit: 10).first)
        let retry = try DeadLetterRetry(journal: rig.journal, plan: .disabled(setting: "supabase", reason: "none")) { _, _ in nil }
        var lines: [String] = []
        try await retry.retryAll { lines.append($0.json) }
        let unknown = DeadLetterID(milliseconds: 0, sequence: 0, random: 0)
        try await retry.retry([unknown]) { lines.append($0.json) }
        #expect(
            lines == [
                #"{"dead_letter_id":"\#(letter.id)","resolved":false,"reason":"the settings have no account kiosk/lobby"}"#,
                #"{"dead_letter_id":"\#(unknown)","resolved":false,"reason":"the journal has no dead letter with this id"}"#,
            ])
        #expect(try await rig.journal.dropDeadLetters([letter.id, unknown]).json == #"{"dropped":1,"asked":2}"#)
        #expect(try await rig.journal.dropDeadLetters([letter.id]).json == #"{"dropped":0,"asked":1}"#)
        for number in 2...4 {
            try await rig.journal.keep(
                DeadLetter(
                    stage: .sync, reason: "refused", detail: nil, deliveryID: nil, record: #"{"number":\#(number)}"#, createdAt: rig.now))
        }
        #expect(try await rig.journal.dropAllDeadLetters(of: .normalize).json == #"{"dropped":0,"asked":0}"#)
        #expect(try await rig.journal.dropAllDeadLetters().json == #"{"dropped":3,"asked":3}"#)
        let dropped = try #require(try await rig.reader.deadLetter(letter.id))
        #expect(dropped.json.hasPrefix(#"{"dead_letter_id":"\#(letter.id)","stage":"normalize","reason":""#))
        #expect(dropped.json.contains(#""occurrences":1,"resolved_at":"2027-01-15T08:00:00.000Z","record":"#))
    }

    @Test("The token in the record of a dead letter is masked, in every form")
    func maskedRecord() async throws {
        let record = #"{"sessions":[{"session_token":"a-token","status":"active"}]}"#
        try await rig.journal.keep(
            DeadLetter(stage: .sync, reason: "refused", detail: nil, deliveryID: nil, record: record, createdAt: rig.now))
        let letter = try #require(try await rig.reader.deadLetters(limit: 1).first)
        #expect(letter.json.hasSuffix(#""record":{"sessions":[{"session_token":"•••","status":"active"}]}}"#))
        #expect(!letter.maskedRecord.contains("a-token"))
    }

    @Test("Doctor counts open letters by their stage, and reports why the database refused rows")
    func openLetters() async throws {
        for number in 0..<4 {
            let reason = number == 0 ? "P0001: (words) (in public.guard())" : "23514: check own"
            try await rig.journal.keep(
                DeadLetter(
                    stage: number == 3 ? .normalize : .sync, reason: reason, detail: nil, deliveryID: nil, record: "{\"n\":\(number)}",
                    createdAt: rig.now))
        }
        let doctor = Doctor(
            settings: [], journal: rig.path, minimumFreeSpace: 0, plan: .disabled(setting: "supabase.url", reason: "is not set"))
        let findings = await doctor.findings().filter { $0.check == "journal.dead_letters" }
        #expect(findings.map(\.level) == [.fail, .warn])
        #expect(
            findings.first?.message
                == "3 rows are not in the database, which refused them: 23514: check own; P0001: (words) (in public.guard())")
        #expect(findings.last?.message == "1 unresolved item could not be read")
    }

    @Test("A journal is checked, copied and compacted, each with its totals")
    func upkeep() async throws {
        try await rig.accept("1")
        let check = try await JournalReader.check(path: rig.path)
        #expect(check.json.hasPrefix(#"{"rows":{""#) && check.json.hasSuffix(#""problems":[]}"#))
        let file = "\(rig.folder.path)/copy.sqlite"
        let copy = try await rig.reader.makeBackup(file)
        #expect(copy.bytes > 0 && copy.json == #"{"file":"\#(file)","bytes":\#(copy.bytes)}"#)
        let compacted = try await JournalCompaction.compact(file)
        #expect(compacted.json == #"{"bytes_before":\#(compacted.bytesBefore),"bytes_after":\#(compacted.bytesAfter)}"#)
        #expect(compacted.bytesAfter > 0 && compacted.bytesAfter <= compacted.bytesBefore)
    }

    @Test("Doctor reports on settings, journal and database in this order, and each finding is one line of JSON")
    func doctor() async throws {
        let doctor = Doctor(
            settings: [Finding(.warn, "settings.file", "none", advice: "name one")], journal: "\(rig.folder.path)/none.sqlite",
            minimumFreeSpace: 0, plan: .disabled(setting: "supabase", reason: "neither SUPABASE_URL nor SUPABASE_DB_URL is set"),
            now: { [now = rig.now] in now })
        let findings = await doctor.findings()
        #expect(findings.map(\.check) == ["settings.file", "journal.file", "journal.space", "supabase"])
        #expect(findings[0].json == #"{"level":"warn","check":"settings.file","message":"none","advice":"name one"}"#)
        #expect(findings.json.hasPrefix(#"[{"level":"warn","#) && findings.json.hasSuffix("]"))
    }

    @Test("A replay returns its totals, and a second one finds only duplicates")
    func replay() async throws {
        let file = "\(rig.folder.path)/1.http"
        let capture = HTTPCapture(
            method: "POST", target: "/webhooks/kiosk/lobby", headers: [Delivery.Header("content-type", "application/cloudevents+json")],
            body: Array(Rig.body("1").utf8))
        try Data(capture.fileBytes()).write(to: URL(filePath: file))
        let adapter = rig.adapter
        let operation = ReplayOperation(
            sources: try CaptureSource.find([file], journal: nil),
            to: .journal(Journal.Configuration(path: "\(rig.folder.path)/other.sqlite")),
            events: CaptureEvents(kinds: ["kiosk"]) { _, _ in adapter })
        for sums in ["\"accepted\":1,\"duplicates\":0", "\"accepted\":0,\"duplicates\":1"] {
            let result = await operation.run(CaptureFilter()) { _ in }
            #expect(result.failure == nil)
            #expect(
                result.json == #"{"deliveries":1,\#(sums),"rejected":0,"refused":0,"problems":0,"skipped":0,"complete":true}"#)
        }
        let signed = try CaptureSigner { _, _ in adapter }.command(posting: capture, to: "http://127.0.0.1:1", at: rig.now)
        #expect(signed.json.hasPrefix(#"{"command":"curl -i -X POST http://127.0.0.1:1/webhooks/kiosk/lobby "#))
    }

    @Test("Migrations are reported one by one, and running them again changes nothing")
    func migrate() async throws {
        let migrator = try Migrator(url: Secret(try await PostgresServer.makeDatabase()))
        defer { migrator.shutdown() }
        var told: [String] = []
        let applied = try await migrator.applyAll { told.append($0.json) }
        #expect(told == applied.map(\.json) && applied.map(\.file) == Migration.all.map(\.file))
        #expect(told.first == #"{"file":"\#(Migration.all[0].file)","replaced":false,"recorded":false}"#)
        #expect(try await migrator.applyAll() == applied)
    }

    @Test("A plan with an obstacle applies nothing, and each of its steps is a line of JSON")
    func obstacle() async throws {
        let url = try await PostgresServer.makeDatabase()
        let pool = try PostgresPool(url: url, connections: 1)
        defer { pool.shutdown() }
        try await pool.execute(script: "create view events as select 1 as id", within: .seconds(60))
        let migrator = try Migrator(url: Secret(url))
        defer { migrator.shutdown() }
        let plan = try await migrator.plan()
        #expect(
            plan.obstacles.map(\.json) == [
                #"{"kind":"obstacle","table":"events","message":"is a view, but Switchboard creates a table with this name","#
                    + #""advice":"rename it, or give Switchboard a schema of its own (supabase.schema in the settings); "#
                    + #"then plan again (`switchboard migrate --dry-run`)","#
                    + #""statement":"alter view public.events rename to own_events;"}"#
            ])
        #expect(plan.changes.first?.json == #"{"kind":"change","table":"message_status_current","message":"is created"}"#)
        let failure = await #expect(throws: MigrationFailure.self) { try await migrator.applyAll() }
        #expect(failure?.kind == .refused && failure?.description.hasPrefix("do what the plan says for its obstacle, and run") == true)
        #expect(try await pool.query("select to_regclass('contacts')", within: .seconds(60)).scalar == nil)
    }
}

/// A journal with a kiosk account, and a clock that stands still.
private final class Rig: Sendable {
    let folder: TemporaryFolder
    let journal: Journal
    let adapter: KioskAdapter
    let now = Instant(milliseconds: 1_800_000_000_000)

    init() throws {
        folder = try TemporaryFolder()
        journal = try Journal(
            Journal.Configuration(path: "\(folder.path)/journal.sqlite"), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() },
            now: { [now] in now })
        adapter = try KioskAdapter(
            account: Account(adapter: "kiosk", name: "lobby", secrets: [Secret("whsec_c2l4IHRpbWVzIGZvdXIgbWFrZXMgMjQh")]))
    }

    deinit { try? journal.close() }

    var reader: JournalReader { journal.reader }
    var path: String { "\(folder.path)/journal.sqlite" }

    static func body(_ id: String) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/app","type":"message.text","data":{"phone":"+919876543210","text":"Hello"}}"#
    }

    /// Stores an event with this id, as a kiosk posts it.
    func accept(_ id: String) async throws { try await accept(body: Rig.body(id), type: "application/cloudevents+json") }

    func accept(body: String, type: String) async throws {
        let delivery = Delivery(
            adapter: "kiosk", account: "lobby", receivedAt: now, target: "/webhooks/kiosk/lobby",
            headers: [Delivery.Header("content-type", type)], body: Array(body.utf8))
        _ = try await journal.accept(delivery, adapter.eventsToKeep(of: delivery))
    }
}
