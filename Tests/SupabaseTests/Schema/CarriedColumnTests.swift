import JSON
import Messaging
import Supabase
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Columns that are carried to the database")
struct CarriedColumnTests {
    @Test(
        "Every column of a table's description arrives with its value",
        arguments: ["messages", "events", "message_statuses", "dead_letters", "contacts", "identities", "sessions"])
    func arrives(table name: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        let table = try #require(Tables.description(name))
        // What rows refer to.
        try await database.execute(
            """
            insert into contacts (contact_id) values ('\(Self.id(0))');
            insert into sessions (session_id, contact_id, channel, session_token, status) values ('\(Self.id(1))', '\(Self.id(0))', 'chat', 't', 'expired')
            """)
        let values = Dictionary(
            uniqueKeysWithValues: table.carried.enumerated().map { ($1.name, Self.value(of: $1, in: name, number: $0 + 10)) })
        let members = values.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
        // Identities come with their contact.
        let contact = name == "identities" ? #","contacts":[{"contact_id":"\#(Self.id(0))"}]"# : ""
        let more = ["contacts", "sessions"].contains(name) ? #","phones":["+15550000001"],"changed":true"# : ""
        _ = try await database.call(.ingest, #"{"version":1,"batch_id":"b","\#(name)":[{\#(members)\#(more)}]\#(contact)}"#)
        let stored = try await database.rows(
            "select to_jsonb(t) from \(name) t where \(Self.key(of: name)) = \(Self.sql(values[Self.key(of: name)]))")
        let row = try JSON(parsing: Array(try #require(stored.first).utf8))
        for column in table.carried {
            let sent = try JSON(parsing: Array("[\(values[column.name] ?? "")]".utf8))[0]
            let found = row[named: column.name]
            if column.kind == .time {
                #expect(Instant(rfc3339: found.string ?? "") == Instant(rfc3339: sent.string ?? ""), "\(column.name)")
            } else {
                #expect(found.text == sent.text, "\(column.name)")
            }
        }
    }

    private static func id(_ number: Int) -> String { "\(ContactID(milliseconds: Int64(number), sequence: 0, random: 0))" }

    /// A value that no other column has, as JSON.
    private static func value(of column: ColumnDescription, in table: String, number: Int) -> String {
        switch (column.name, column.kind) {
        // Rows that a row refers to, and words that a check demands.
        case ("merged_into", _): "null"
        case ("contact_id", _) where table != "contacts": #""\#(id(0))""#
        case ("session_id", _) where table != "sessions": #""\#(id(1))""#
        case ("direction", _): #""inbound""#
        case ("status", _) where table == "sessions": #""active""#
        case ("kind", _) where table == "events": #""activity""#
        case ("stage", _): #""normalize""#
        case ("phone", _): #""+15550000001""#
        case (_, .uuid): #""\#(id(number))""#
        case ("expires_at", .time): #""\#(Instant.now.adding(.seconds(86_400)))""#
        case (_, .time): #""2026-11-0\#(number % 9 + 1)T10:00:00.000Z""#
        case (_, .json): #"{"n":\#(number)}"#
        case (_, .boolean): "true"
        case (_, .small), (_, .integer): "\(number)"
        case (_, .text), (_, .digest), (_, .bytes): #""value-\#(number)""#
        }
    }

    private static func key(of table: String) -> String {
        switch table {
        case "identities": "value"
        case "message_statuses": "item_key"
        default: Tables.description(table)?.carried.first?.name ?? ""
        }
    }

    private static func sql(_ json: String?) -> String { "'\((json ?? "").trimmingPrefix(#"""#).replacing(#"""#, with: ""))'" }
}
