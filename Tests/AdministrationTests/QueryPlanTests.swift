import JSON
import Messaging
import SQLiteStore
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The plans of the console's queries")
struct QueryPlanTests {
    /// Tables that grow with the traffic. `differences` does not: it has a row for each item that came again with other content.
    private static let large = [
        "messages", "message_statuses", "events", "deliveries", "delivery_blocks", "sessions", "contacts", "identities", "changes",
        "dead_letters", "row_lists", "refused_deliveries", "operator_actions",
    ]

    /// A journal with rows of every kind: some listed, some not; some deliveries in blocks, some as rows.
    private func rig() async throws -> AdminRig {
        let rig = try AdminRig()
        for number in 0..<30 { try await rig.event("\(number)", phone: "+9198123432\(10 + number % 3)") }
        _ = try await rig.journal.listRows()
        rig.clock.advance(by: .seconds(86_400 * 10))
        _ = try await rig.journal.compressDeliveries()
        try await rig.event("viewed", type: "screen.viewed", text: "")
        for number in 0..<4 { try await rig.whatsApp(#""messages":[{"from":"919812343210","text":{"body":"\#(number)"}}]"#) }
        try await rig.whatsApp(#""statuses":[{"id":"out","status":"read","timestamp":"1764067200","recipient_id":"919812343210"}]"#)
        for number in 0..<5 { try await rig.event("late \(number)") }
        return rig
    }

    /// Every request by which the console and other clients of /admin read, with every parameter that changes a query.
    private func requests(_ rig: AdminRig) throws -> [String] {
        func first(_ sql: String) throws -> String { try rig.file.rows("\(sql) LIMIT 1").first ?? "" }
        let contact = try first("SELECT contact_id FROM contacts WHERE phone = '+919812343210'")
        let (session, token) = (try first("SELECT session_id FROM sessions"), try first("SELECT session_token FROM sessions"))
        let delivery = try first("SELECT delivery_id FROM whole_deliveries ORDER BY last_seq DESC")
        let block = try first("SELECT first_id FROM delivery_blocks")
        let (letter, reason) = (try first("SELECT dead_letter_id FROM dead_letters"), "not%20readable")
        let time = "2026-01-01T00:00:00Z"
        return [
            "overview", "series", "settings", "audit", "audit?after=9", "conversations", "conversations?after=30",
            "conversations?query=%2B919812343210", "conversations?query=098123%2043210", "conversations?query=rao",
            "conversations?query=rao&after=\(contact)", "conversations?query=\(token.prefix(10))", "contacts/\(contact)",
            "contacts/\(contact)/timeline", "contacts/\(contact)/timeline?before=20&limit=5", "sessions", "sessions?after=\(session)",
            "sessions?status=active", "sessions?status=logged_out", "sessions?phone=9812343210", "sessions/\(session)", "captures",
            "captures?after=20&limit=5", "captures?adapter=kiosk&account=lobby", "captures?since=\(time)", "captures?until=\(time)",
            "captures/\(delivery)", "captures/\(block)", "captures/\(delivery)/export", "dead-letters", "dead-letters?after=\(letter)",
            "dead-letters?reason=\(reason)", "dead-letters?stage=sync&resolved=true", "dead-letters/\(letter)",
        ]
    }

    /// The statements that the journal's reader has prepared, as SQLite lists them itself, with the steps of their plans.
    private func plans(_ rig: AdminRig) async throws -> [(sql: String, steps: [String])] {
        try await rig.journal.reader.read { db in
            let prepared = try PreparedStatement(db, "SELECT DISTINCT sql FROM sqlite_stmt").all { $0.string(0) ?? "" }
            return try prepared.filter { $0.hasPrefix("SELECT") && !$0.contains("sqlite_stmt") }.map { sql in
                let plan = try PreparedStatement(db, "EXPLAIN QUERY PLAN \(sql)")
                let count = sql.parameters
                return (sql, try plan.all({ row in for _ in 0..<count { row.null() } }) { $0.string(3) ?? "" })
            }
        }
    }

    /// Whether a step reads a large table from its beginning to its end, instead of looking rows up or reading them from an index.
    private static func scans(_ step: String, _ sql: String) -> Bool {
        let words = step.split(separator: " ").map(String.init)
        guard words.count >= 2, words[0] == "SCAN", !step.contains("INDEX") else { return false }
        // A plan names a table by its alias, if it has one.
        let name = large.first { sql.contains("\($0) \(words[1]) ") || sql.contains("\($0) AS \(words[1])") } ?? words[1]
        return large.contains(name)
    }

    @Test("No request of an operator reads a large table from its beginning to its end")
    func plans() async throws {
        let rig = try await rig()
        for path in try requests(rig) { #expect(try await rig.get("/admin/\(path)").status == 200, "\(path)") }
        let plans = try await plans(rig)
        #expect(plans.count >= 40)
        for table in Self.large where !["changes", "refused_deliveries"].contains(table) {
            #expect(plans.contains { $0.sql.contains(table) }, "no query of \(table)")
        }
        for (sql, steps) in plans {
            #expect(!steps.isEmpty, "\(sql)")
            #expect(steps.filter { Self.scans($0, sql) } == [], "\(sql)")
        }
    }

    @Test("A query without an index would be noticed", arguments: ["contacts WHERE display_name = 'Asha'", "messages m WHERE m.text = ''"])
    func scan(of rows: String) async throws {
        let rig = try AdminRig()
        let sql = "SELECT 1 FROM \(rows)"
        let steps = try await rig.journal.reader.read { try PreparedStatement($0, "EXPLAIN QUERY PLAN \(sql)").all { $0.string(3) ?? "" } }
        #expect(steps.contains { Self.scans($0, sql) })
    }
}

extension String {
    /// The number of parameters of a statement, numbered or not.
    fileprivate var parameters: Int {
        let numbered = matches(of: /\?([0-9]+)/).compactMap { Int($0.output.1) }
        return numbered.max() ?? count { $0 == "?" }
    }
}
