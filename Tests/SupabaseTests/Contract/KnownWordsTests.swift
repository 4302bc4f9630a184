import HTTPTransport
import Messaging
import Postgres
import Relay
import Testing

@testable import Supabase

@Suite("Only known words are shown, whatever the error's code")
struct KnownWordsTests {
    private static let now = Instant(milliseconds: 1_800_000_000_000)
    private static let row = "Zebra quagga tok_4f9aXY +919876543210"

    private static func answer(_ code: String, _ message: String) -> CallFailure? {
        let body = #"{"code":"\#(code)","message":"\#(message.replacing("\"", with: "\\\""))","details":"\#(row)","hint":"\#(row)"}"#
        return CallFailure(IncomingResponse(status: 400, body: Array(body.utf8)), at: now)?.called(in: .public)
    }

    private static func expectNothing(of failure: CallFailure) {
        for text in [failure.description, failure.advice, failure.shape ?? "", failure.shown(failure.details) ?? ""] {
            for word in ["Zebra", "quagga", "tok_", "9876"] { #expect(!text.contains(word), "\(text)") }
        }
    }

    @Test(
        "What a function of the project's own raises is omitted under every code, by both transports",
        arguments: [
            "", "01000", "08006", "21000", "22000", "22001", "22003", "22007", "22008", "22023", "2201B", "22P02", "22P05", "23000",
            "23505", "23514",
            "25006", "28P01", "3D000", "3F000", "40001", "42501", "42601", "42704", "42883", "42P01", "45000", "53300", "54000", "55000",
            "57014",
            "58030", "P0001", "P0002", "PT400", "SB409", "XX000", "PGRST000", "PGRST003", "PGRST102", "PGRST106", "PGRST202", "PGRST203",
            "PGRST301", "my pin",
        ])
    func raised(code: String) throws {
        for message in [Self.row, "bad session \(Self.row)", "relation \"\(Self.row)\" does not exist", "schema \"zebra\" does not exist"] {
            let byREST = try #require(Self.answer(code, message))
            Self.expectNothing(of: byREST)
            let error = PostgresError(
                .server, sqlState: code, message: message, detail: Self.row, hint: Self.row,
                functions: ["public.guard()", "switchboard.place_sessions(jsonb)"])
            let direct = CallFailure(error).called(in: .public)
            Self.expectNothing(of: direct)
            Self.expectNothing(of: CallFailure(.permanent, code: "P0001", message: MigrationFailure(nil, error).description))
            #expect(!direct.description.contains("zebra") && !direct.advice.contains("zebra") && !byREST.advice.contains("zebra"))
        }
    }

    @Test(
        "By REST, which does not report the running function, only names of Switchboard's are shown",
        arguments: [
            ("42P01", "relation \"zebra\" does not exist", "relation \"•••\" does not exist"),
            ("42P01", "relation \"public.sessions\" does not exist", "relation \"public.sessions\" does not exist"),
            ("42501", "permission denied for table messages", "permission denied for table messages"),
            (
                "23514", "new row for relation \"sessions\" violates check constraint \"zebra\"",
                "new row for relation \"sessions\" violates check constraint \"•••\""
            ),
            ("22P02", "invalid input syntax for type uuid: \"zebra\"", "invalid input syntax for type uuid: \"•••\""),
            ("22023", "batch must be an object of version 1", "batch must be an object of version 1"),
            ("54000", "at most 5000 rows a call", "at most 5000 rows a call"),
            ("PGRST301", "Expected 3 parts in JWT; got 1", "Expected 3 parts in JWT; got •••"),
            ("", "Invalid API key", "Invalid API key"),
        ])
    func names(code: String, message: String, shown: String) throws {
        #expect(try #require(Self.answer(code, message)).shownMessage == shown)
    }

    @Test("Words that only begin or end like known ones are omitted, and known ones are shown only under their code")
    func whole() throws {
        for (code, message) in [
            ("23505", "duplicate key value violates unique constraint \"a\" for Zebra"), ("42P01", "Zebra: relation \"a\" does not exist"),
            ("P0001", "relation \"sessions\" does not exist"), ("54000", "at most 5000 rows a call, Zebra"),
        ] {
            #expect(CallFailure(PostgresError(.server, sqlState: code, message: message)).shownMessage == "(words that may quote the row)")
            #expect(try #require(Self.answer(code, message)).shownMessage == "(words that may quote the row)")
        }
    }

    @Test(
        "The reason that is compared is equal for all rows that one fault refuses",
        arguments: ["P0001", "22023", "22P02", "42P01", "45000"])
    func reason(code: String) throws {
        let raised = try (1...60).map { try #require(Self.answer(code, "no: \(String(repeating: "Zebra", count: $0))")).description }
        #expect(Set(raised).count == 1)
        let known = try (1...60).map {
            try #require(Self.answer("22P02", "invalid input syntax for type integer: \"\(String(repeating: "z", count: $0))\""))
                .description
        }
        #expect(Set(known).count == 1)
    }

    @Test("Of an unexpected answer only its shape is shown, and nothing that it echoes")
    func shape() throws {
        let echo = #"{"batch_id":"\#(Self.row)","version":1,"\#(Self.row)":["\#(Self.row)"]}"#
        let incomplete = CallFailure.incomplete(Array(echo.utf8))
        #expect(incomplete.shape == "an object with batch_id, version, 1 other member; \(echo.utf8.count) bytes")
        #expect(incomplete.description == "incomplete: the answer is not that of switchboard_ingest, or lacks rows")
        for (status, body) in [(200, "[\"\(Self.row)\"]"), (502, "<html>\(Self.row)"), (400, echo), (404, #"{"error":"\#(Self.row)"}"#)] {
            let headers = [
                HTTPField("content-type", "text/html; a=\(Self.row)"), HTTPField("location", "https://zebra/?token=\(Self.row)"),
            ]
            for status in [status, 302] {
                let failure = try #require(
                    CallFailure(IncomingResponse(status: status, headers: headers, body: Array(body.utf8)), at: Self.now))
                Self.expectNothing(of: failure)
                #expect(failure.shape?.hasSuffix("text/html; \(body.utf8.count) bytes") == true)
            }
        }
    }

    @Test("Inside a function no code counts as a failure of the connection", arguments: ["XX000", "28P01", "28000", "3D000"])
    func connection(code: String) {
        let error = { (functions: [String]) in PostgresError(.server, sqlState: code, message: "FATAL: zebra", functions: functions) }
        let inside = CallFailure(error(["public.guard()", "switchboard.place_sessions(jsonb)"])).called(in: .public)
        #expect(inside.advice.contains("public.guard() is the project's own") && !inside.advice.contains("SUPABASE_DB_URL"))
        #expect(!inside.description.contains("zebra"))
        let outside = CallFailure(error([])).called(in: .public)
        #expect(outside.advice.contains("SUPABASE_DB_URL") && outside.description.contains("zebra"))
    }

    @Test(
        "A row that violates one of Switchboard's own unique indexes is not reported as stored",
        arguments: ["sessions_session_token_key", "contacts_phone_key"])
    func conflict(index: String) {
        let failure = CallFailure(
            PostgresError(.server, sqlState: "23505", message: "duplicate key value violates unique constraint \"\(index)\""))
        #expect(failure.disposition == .alreadyThere && failure.advice.contains("\(index) of the table \(index.prefix { $0 != "_" })"))
        #expect(failure.advice.contains("is not stored") && !failure.advice.contains("nothing to do"))
    }
}
