import Foundation
import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The journal's file")
struct SchemaTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("Each table has exactly the columns of its description, with the types of their kinds", arguments: Tables.descriptions)
    func columns(table: TableDescription) throws {
        let types = try rig.rows("SELECT name, type FROM pragma_table_info('\(table.name)') ORDER BY name")
        let described = table.columns.filter { $0.home != .database }.map { "\($0.name)|\(Self.type(of: $0.kind))" }
        // These columns exist only in the journal; the database has no use for them.
        let own = table.name == "dead_letters" ? ["occurrences|INTEGER", "last_seen_at|TEXT"] : []
        let missing = described.filter { !types.contains($0) }
        let name = "\(try rig.count("grdb_migrations") + 1) what it is for"
        let step = missing.map { column in
            "migrator.addColumn(\"0\(name)\", to: \"\(table.name)\", \"\(column.replacing("|", with: " "))\")"
        }.first
        #expect(missing == [], "add a step at the end of the list in Sources/Journal/Schema/JournalSchema.swift, \(step ?? "")")
        let more = Set(types).subtracting(described + own).sorted()
        #expect(more == [], "\(table.name) has these too: describe them in Sources/Journal/Tables")
    }

    @Test("Each step that has a file is applied")
    func steps() throws {
        let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../Sources/Journal/Schema").standardized
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        let taken = try rig.rows("SELECT substr(identifier, 1, 3) FROM grdb_migrations")
        let numbers = files.compactMap { $0.wholeMatch(of: /SchemaStep([0-9]{3})\.swift/).map { String($0.output.1) } }
        for number in Set(numbers).subtracting(taken) {
            Issue.record("JournalSchema.swift lacks migrator.registerMigration(\"\(number) …\", migrate: SchemaStep\(number).apply)")
        }
        #expect(taken == taken.sorted() && Set(taken).count == taken.count, "\(taken)")
    }

    private static func type(of kind: ColumnDescription.Kind) -> String {
        switch kind {
        case .boolean, .small, .integer: "INTEGER"
        case .digest, .bytes: "BLOB"
        case .uuid, .text, .time, .json: "TEXT"
        }
    }

    @Test("The view of the current statuses has the columns of statuses")
    func statusView() throws {
        let names = try rig.rows("SELECT name FROM pragma_table_info('message_status_current')")
        let described = Tables.statuses.description.carried.map(\.name).filter { $0 != "item_key" && $0 != "rank" }
        #expect(Set(described).subtracting(names) == [])
    }

    @Test("Deliveries have the expected columns")
    func deliveries() throws {
        let names = try rig.rows("SELECT name FROM pragma_table_info('deliveries')")
        #expect(names == Tables.deliveries.columns.map(\.description.name))
    }

    @Test("A customer id is text, in the schema and in the row")
    func customerIsText() async throws {
        try await rig.start("+919876543210", customer: "103")
        #expect(try rig.rows("SELECT type FROM pragma_table_info('sessions') WHERE name = 'customer_id'") == ["TEXT"])
        #expect(try rig.rows("SELECT customer_id, typeof(customer_id) FROM sessions") == ["103|text"])
        #expect(try rig.rows("SELECT customer_id, typeof(customer_id) FROM contacts") == ["103|text"])
    }

    @Test(
        "Every id and every time is text in one format",
        arguments: [
            ("sessions", "session_id contact_id", "created_at last_activity expires_at"),
            ("contacts", "contact_id", "created_at updated_at"),
            ("identities", "contact_id", "first_seen linked_at"),
            ("messages", "message_id session_id contact_id delivery_id", "sent_at received_at"),
            ("message_statuses", "delivery_id", "occurred_at received_at"),
            ("events", "event_id delivery_id", "occurred_at received_at"),
            ("dead_letters", "dead_letter_id delivery_id", "created_at"),
            ("deliveries", "delivery_id", "received_at"),
        ])
    func forms(table: String, ids: String, times: String) async throws {
        try await storeOneOfEach()
        let hex = { (count: Int) in String(repeating: "[0-9a-f]", count: count) }
        let uuid = "\(hex(8))-\(hex(4))-7\(hex(3))-[89ab]\(hex(3))-\(hex(12))"
        for column in ids.split(separator: " ") {
            #expect(try formed(table, column, like: uuid) == ["1|1"], "\(table).\(column)")
        }
        for column in times.split(separator: " ") {
            #expect(try formed(table, column, like: "2026-11-2[0-9]T[0-9][0-9]:00:00.[0-9][0-9][0-9]Z") == ["1|1"], "\(table).\(column)")
        }
    }

    /// Whether the column has rows, and whether all of them are text that matches the pattern.
    private func formed(_ table: String, _ column: Substring, like pattern: String) throws -> [String] {
        try rig.rows("SELECT count(*) > 0, min(typeof(\(column)) = 'text' AND \(column) GLOB '\(pattern)') FROM \(table)")
    }

    @Test(
        "Columns of JSON contain JSON",
        arguments: [
            "sessions.metadata", "messages.content", "messages.context", "message_statuses.errors", "message_statuses.detail",
            "events.data", "dead_letters.record", "deliveries.headers",
        ])
    func json(column: String) async throws {
        try await storeOneOfEach()
        let parts = column.split(separator: ".")
        #expect(
            try rig.rows("SELECT count(*) > 0, min(typeof(\(parts[1])) = 'text' AND json_valid(\(parts[1]))) FROM \(parts[0])") == ["1|1"])
    }

    @Test("In rows of an earlier version a placeholder does not count as a customer, even if it is the person's earlier number")
    func namedCustomers() async throws {
        try await rig.start("+919876543210", customer: "103")
        try await rig.accept(.message("m-1", from: .phone("919812345678")), .message("m-2", from: .id("IN.1")))
        try await rig.accept(.message("m-3", from: .phone("919811111111")), .change("c-1", of: .phone("919811111111"), to: "919822222222"))
        try rig.journal.close()
        try rig.execute(
            """
            UPDATE sessions SET customer_id = '+919811111111' WHERE phone = '+919822222222';
            DROP VIEW current_sessions; DROP VIEW unwritten_times; DROP VIEW unwritten_moves; DROP VIEW session_moves;
            DROP TABLE session_positions; DROP TABLE unmoving_rows;
            DELETE FROM grdb_migrations WHERE identifier LIKE '005%' OR identifier LIKE '011%';
            ALTER TABLE sessions DROP COLUMN customer_named;
            """)
        let upgraded = try rig.reopened()
        #expect(
            try upgraded.rows("SELECT customer_named, customer_id = coalesce(phone, contact_id) FROM sessions ORDER BY session_id")
                == ["1|0", "0|1", "0|1", "0|1"])
        #expect(try await upgraded.outcome("+919876543210", customer: "104") == .conflict)
        #expect(try await upgraded.start("+919822222222", customer: "105").customerID == "105")
    }

    @Test("The writer waits for the disk: WAL mode, with synchronous FULL on its own connection")
    func durability() async throws {
        // A trigger runs on the writer's connection, so it sees the settings of that connection.
        try rig.execute(
            """
            CREATE TABLE seen (synchronous INTEGER, journal_mode TEXT);
            CREATE TRIGGER look AFTER INSERT ON messages BEGIN
              INSERT INTO seen SELECT synchronous, journal_mode FROM pragma_synchronous, pragma_journal_mode;
            END;
            """)
        try await rig.accept(.message("m-1"))
        #expect(try rig.rows("SELECT * FROM seen") == ["2|wal"])
    }

    @Test("Only the file's owner may read it")
    func modes() async throws {
        try await rig.accept(.message("m-1"))
        #expect(try mode(rig.path) == 0o600)
        #expect(try mode(rig.path + "-wal") == 0o600)
        #expect(try mode(URL(filePath: rig.path).deletingLastPathComponent().path) == 0o700)
    }

    private func mode(_ path: String) throws -> Int? {
        try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
    }

    private func storeOneOfEach() async throws {
        let events: [Event] = [
            .message("m-1"), .status("sent", of: "m-0"), .activity("screen.viewed", "a-1"), .notice("account_update", "n-1"),
            .unsupported("new_field", "u-1"), .change("i-1", of: .asha, to: "919812345678"), .unreadable(#"{"id":null}"#),
        ]
        try await rig.accept(rig.delivery(headers: [Delivery.Header("Content-Type", "application/json")]), events)
    }

    @Test("The audit log's rows cannot be replaced in a journal of an earlier version either", arguments: [true, false])
    func auditRowsAreKept(hadTrigger: Bool) throws {
        try rig.journal.close()
        if !hadTrigger { try rig.file.execute("DROP TRIGGER operator_actions_not_replaced") }
        try rig.file.execute("DELETE FROM grdb_migrations WHERE identifier >= '015'")
        let row = "INTO operator_actions (number, at, operator, action, target) VALUES (1, 'x', 'x', 'x', 'x')"
        let upgraded = try rig.reopened()
        try upgraded.file.execute("INSERT \(row)")
        #expect(throws: (any Error).self) { try upgraded.file.execute("INSERT OR REPLACE \(row)") }
    }
}
