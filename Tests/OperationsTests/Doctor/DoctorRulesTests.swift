import Journal
import Messaging
import Supabase
import Testing

@testable import Operations

@Suite("Doctor's findings about the journal and the connection to the database")
struct DoctorRulesTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let check: String
        let level: Finding.Level
        let words: String
        let change: @Sendable (inout JournalInspection) -> Void

        var testDescription: String { words }
    }

    private static let now = Instant(milliseconds: 1_795_500_000_000)

    @Test("The findings follow from the inspected state of the journal", arguments: cases)
    func journal(case: Case) {
        var seen = JournalInspection()
        seen.freeSpace = 1 << 30
        seen.damages = []
        seen.backlog = OutboxBacklog(depth: 0, oldest: nil)
        #expect(
            JournalRules(seen, letters: OpenLetters(), path: "journal.sqlite", minimumFreeSpace: 256 << 20).findings(at: Self.now)
                .allSatisfy { $0.level == .ok })
        `case`.change(&seen)
        let finding = JournalRules(seen, letters: OpenLetters(), path: "journal.sqlite", minimumFreeSpace: 256 << 20).findings(at: Self.now)
            .first {
                $0.check == `case`.check
            }
        #expect(finding?.level == `case`.level && finding?.message.contains(`case`.words) == true, "\(String(describing: finding))")
        #expect((finding?.advice == nil) == (`case`.level == .ok))
    }

    private static let cases = [
        Case(check: "journal.file", level: .ok, words: "created at the first start") { $0.isThere = false },
        Case(check: "journal.file", level: .fail, words: "not a database") { $0.readFailure = "file is not a database" },
        Case(check: "journal.writable", level: .fail, words: "readonly") { $0.writeFailure = "readonly" },
        Case(check: "journal.owner", level: .warn, words: "journal.sqlite: belongs to another user than its folder") {
            $0.ownership.strays = ["journal.sqlite"]
        },
        Case(check: "journal.owner", level: .warn, words: "journal.sqlite: of another user, who may have put it there") {
            $0.ownership.planted = ["journal.sqlite"]
        },
        Case(check: "journal.schema", level: .warn, words: "journal.sqlite is an empty file, not a journal") { $0.schema = .empty },
        Case(check: "journal.schema", level: .warn, words: "by an earlier version") { $0.schema = .older },
        Case(check: "journal.schema", level: .fail, words: "by a later version") { $0.schema = .newer },
        Case(check: "journal.backup", level: .warn, words: "a backup of 2027-01-15T08:00:00.000Z, from which no gateway has served") {
            $0.backedUpAt = Instant(milliseconds: 1_800_000_000_000)
        },
        Case(check: "journal.integrity", level: .fail, words: "page 7 and 1 more") { $0.damages = ["page 7", "page 8"] },
        Case(check: "journal.space", level: .fail, words: "1 MiB free, less than journal.min_free_space (256 MiB)") {
            $0.freeSpace = 1 << 20
        },
        Case(check: "journal.outbox", level: .ok, words: "7 rows are waiting, the oldest for 60 s") {
            $0.backlog = OutboxBacklog(depth: 7, oldest: now.adding(.seconds(-60)))
        },
        Case(check: "journal.outbox", level: .warn, words: "7 rows are waiting, the oldest for 61 s") {
            $0.backlog = OutboxBacklog(depth: 7, oldest: now.adding(.seconds(-61)))
        },
    ]

    @Test("The advice for a journal that was moved away is to move it back")
    func removed() throws {
        var seen = JournalInspection()
        seen.readFailure = "it was removed or moved"
        seen.rescue = "Move the file back"
        let rules = JournalRules(seen, letters: nil, path: "journal.sqlite", minimumFreeSpace: 0)
        let finding = try #require(rules.findings(at: Self.now).first)
        #expect(finding.level == .fail && finding.advice == "Move the file back")
    }

    @Test(
        "Rows that the database refused are an error that names the cause; items that could not be read are a warning",
        arguments: [
            (OpenLetters(), [Finding.Level.ok], "no dead letter is unresolved"),
            (OpenLetters(unread: 3), [.warn], "3 unresolved items could not be read"),
            (
                OpenLetters(refused: 1, reasons: ["23514: check \"own\""]), [.fail],
                "1 row is not in the database, which refused it: 23514: "
            ),
            (OpenLetters(unread: 2, refused: 9, reasons: ["a", "b", "c", "d", "e"]), [.fail, .warn], "a; b; c; and 2 other reasons"),
        ])
    func letters(letters: OpenLetters, levels: [Finding.Level], words: String) {
        let findings = letters.findings
        #expect(findings.map(\.level) == levels && findings[0].message.contains(words), "\(findings)")
        for finding in findings where finding.level != .ok {
            #expect(finding.advice?.contains("switchboard dead-letters list") == true)
        }
    }

    @Test(
        "If an object of the project's own refuses rows, the finding has the statement that removes it",
        arguments: [
            (
                #"23514: new row for relation "messages" violates check constraint "short""#,
                "alter table acme.messages drop constraint short;"
            ),
            (
                #"409 23503: insert or update on table "sessions" violates foreign key constraint "of_shop""#,
                "alter table acme.sessions drop constraint of_shop;"
            ),
            (#"23502: null value in column "shop" of relation "events" violates not-null constraint"#, "alter column shop drop not null;"),
            (#"22P02: invalid input syntax for type integer: "•••""#, nil), ("P0001: (words) (in public.guard())", nil),
        ])
    func statement(reason: String, statement: String?) throws {
        let schema = try #require(SchemaName("acme"))
        let advice = try #require(OpenLetters(refused: 1, reasons: [reason], schema: schema).findings.first?.advice)
        if let statement { #expect(advice.contains(statement), "\(advice)") } else { #expect(!advice.contains("alter table")) }
    }

    @Test(
        "Whether a database is configured is reported with the setting that decides it",
        arguments: [
            (
                .disabled(setting: "supabase", reason: "neither SUPABASE_URL nor SUPABASE_DB_URL is set"), .warn,
                "persistence is disabled: neither SUPABASE_URL nor SUPABASE_DB_URL is set"
            ),
            (.rest(url: "https://abc.supabase.co", key: Secret("sb_secret_x")), .ok, "by REST: https://abc.supabase.co"),
            (.postgres(url: Secret("postgres://me:secret@db.example.com/postgres")), .ok, "by Postgres: db.example.com:5432/postgres"),
        ] as [(PersistencePlan, Finding.Level, String)])
    func persistence(plan: PersistencePlan, level: Finding.Level, words: String) {
        let finding = PersistenceRule.finding(of: plan)
        #expect(finding.level == level && finding.message.contains(words) && !finding.message.contains("secret@"))
        #expect(!PersistenceRule.finding(of: plan, isConnected: true).message.contains("db.example.com"))
        #expect(PersistenceRule.keyFindings(of: plan, at: Self.now).map(\.level) == (words.contains("REST") ? [.ok] : []))
    }
}
