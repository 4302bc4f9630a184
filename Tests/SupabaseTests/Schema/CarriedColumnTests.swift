import JSON
import Messaging
import Supabase
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Columns that are sent to the database")
struct CarriedColumnTests {
    @Test(
        "Every column of a table's description arrives with its value",
        arguments: ["messages", "events", "message_statuses", "dead_letters", "contacts", "identities", "sessions"])
    func arrives(table name: String) async throws {
        let database = try await Self.database()
        let table = try #require(Tables.description(name))
        let row = CarriedRow(table)
        let stored = try await row.stored(in: database)
        for column in table.carried { row.expect(column, in: stored, Self.writer(of: name).inserts) }
    }

    @Test("A later row changes every changeable column: a message fills its placeholder", arguments: ChangedRow.all)
    func changes(change: ChangedRow) async throws {
        let database = try await Self.database()
        let table = try #require(Tables.description(change.table))
        let columns = table.carried.map(\.name)
        let named = change.lasting.union(change.before.keys).union(change.after.keys)
        #expect(named.isSubset(of: columns), "\(change.table) has no column \(named.subtracting(columns).sorted())")
        var before = CarriedRow(table)
        before.values.merge(change.before) { $1 }
        _ = try await before.stored(in: database)

        var after = CarriedRow(table, later: true)
        for column in columns where change.lasting.contains(column) { after.values[column] = before.values[column] }
        after.values.merge(change.after) { $1 }
        let stored = try await after.stored(in: database, placeholders: #"{"type":"media_placeholder"}"#, under: before)
        // A later row does not change the columns in `own`.
        let place = "\(Self.writer(of: change.table).updates), or to `lasting` in ChangedRow.all of this test where nothing may change it"
        for column in table.carried where !change.own.contains(column.name) { after.expect(column, in: stored, place) }
    }

    /// A database with the rows that others refer to.
    private static func database() async throws -> SchemaDatabase {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            insert into contacts (contact_id) values ('\(CarriedRow.id(0))');
            insert into sessions (session_id, contact_id, channel, session_token, status)
            values ('\(CarriedRow.id(1))', '\(CarriedRow.id(0))', 'chat', 't', 'expired')
            """)
        return database
    }

    /// The functions that write a table, for somebody who adds a column.
    private static func writer(of table: String) -> (inserts: String, updates: String) {
        let folder = "of Config/supabase/functions"
        func ingest(_ function: String) -> (String, String) {
            let place = "switchboard.\(function) (50_ingest.sql \(folder))"
            return ("to the three lists of \(place)", "to `on conflict … do update set` of \(place)")
        }
        switch table {
        case "messages": return ingest("store_messages")
        case "events": return ingest("store_events")
        case "message_statuses": return ingest("store_statuses")
        case "dead_letters": return ingest("store_dead_letters")
        case "sessions":
            return (
                "to switchboard.insert_session, place_new_sessions and given_sessions (40_, 45_ and 10_*.sql \(folder))",
                "to switchboard.update_session (45_placing_sessions.sql \(folder))"
            )
        default:
            return (
                "to switchboard.place_new_contacts, place_contact and place_identities (35_placing_contacts.sql \(folder))",
                "to switchboard.place_contact or place_identities (35_placing_contacts.sql \(folder))"
            )
        }
    }
}

/// How a later row with the same key changes the stored one. Only for tables that the functions update: events and statuses never change.
struct ChangedRow: Sendable, CustomTestStringConvertible {
    let table: String
    /// Columns with the same value in both rows: they identify the item, or the rules of people and sessions decide about them.
    let lasting: Set<String>
    /// Columns of which the stored row keeps its own value.
    var own: Set<String> = []
    /// Values of the first row that differ from the column's default in this test.
    var before: [String: String] = [:]
    /// Values of the later row.
    var after: [String: String] = [:]

    var testDescription: String { table }

    static let all = [
        ChangedRow(
            table: "messages", lasting: ["provider", "account", "external_id"], own: ["message_id"],
            before: [
                "session_id": "null", "contact_id": "null", "direction": #""outbound""#, "type": #""unsupported""#,
                "content": #"{"type":"media_placeholder"}"#,
            ]),
        ChangedRow(
            table: "contacts", lasting: ["contact_id", "phone", "number_since", "number_from", "created_at", "merged_into"]),
        ChangedRow(
            table: "identities", lasting: ["kind", "scope", "value", "contact_id", "first_seen"],
            before: ["kind": #""phone""#, "scope": #""""#, "value": #""15550000002""#]),
        ChangedRow(
            table: "sessions",
            lasting: [
                "session_id", "contact_id", "customer_id", "customer_named", "phone", "channel", "session_token", "status", "created_at",
            ]),
        ChangedRow(
            table: "dead_letters",
            lasting: ["dead_letter_id", "stage", "reason", "detail", "delivery_id", "record", "created_at", "fingerprint"],
            before: ["resolved_at": "null"]),
    ]
}

/// A row of a table as the sync carries it, each column with a value that no other one has.
private struct CarriedRow {
    private let table: TableDescription
    /// JSON, by column.
    var values: [String: String]

    init(_ table: TableDescription, later: Bool = false) {
        self.table = table
        values = Dictionary(
            uniqueKeysWithValues: table.carried.enumerated().map { index, column in
                (column.name, Self.value(of: column, in: table.name, number: index + (later ? 64 : 10), later: later))
            })
    }

    static func id(_ number: Int) -> String { "\(ContactID(milliseconds: Int64(number), sequence: 0, random: 0))" }

    private static func value(of column: ColumnDescription, in table: String, number: Int, later: Bool) -> String {
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
        case ("expires_at", .time): #""\#(Instant.now.adding(.seconds(later ? 172_800 : 86_400)))""#
        case (_, .time): #""2026-11-0\#(number % 9 + 1)T1\#(later ? 1 : 0):00:00.000Z""#
        case (_, .json): #"{"n":\#(number)}"#
        case (_, .boolean): later ? "false" : "true"
        case (_, .small), (_, .integer): "\(number)"
        case (_, .text), (_, .digest), (_, .bytes): #""value-\#(number)""#
        }
    }

    /// Sends the row and gives what the database then has under its key; `first` is the row that made it, where it is not this one.
    func stored(in database: SchemaDatabase, placeholders: String? = nil, under first: CarriedRow? = nil) async throws -> JSON {
        let members = values.sorted { $0.key < $1.key }.map { #""\#($0.key)":\#($0.value)"# }.joined(separator: ",")
        // Identities come with their contact.
        let contact = table.name == "identities" ? #","contacts":[{"contact_id":"\#(Self.id(0))"}]"# : ""
        let more = ["contacts", "sessions"].contains(table.name) ? #","phones":["+15550000001"],"changed":true"# : ""
        let marks = placeholders.map { #""placeholders":{\#(values["provider"] ?? #""-""#):[\#($0)]},"# } ?? ""
        _ = try await database.call(
            .ingest, #"{"version":1,"batch_id":"b",\#(marks)"\#(table.name)":[{\#(members)\#(more)}]\#(contact)}"#)
        let rows = try await database.rows(
            "select to_jsonb(t) from \(table.name) t where \(key) = \(Self.sql((first ?? self).values[key]))")
        return try JSON(parsing: Array(try #require(rows.first).utf8))
    }

    private var key: String {
        switch table.name {
        case "identities": "value"
        case "message_statuses": "item_key"
        default: table.carried.first?.name ?? ""
        }
    }

    private static func sql(_ json: String?) -> String { "'\((json ?? "").trimmingPrefix(#"""#).replacing(#"""#, with: ""))'" }

    /// Whether the stored row has the value of this one; `place` says where a column belongs that has not.
    func expect(_ column: ColumnDescription, in stored: JSON, _ place: String) {
        let found = stored[named: column.name]
        let sent = (try? JSON(parsing: Array("[\(values[column.name] ?? "")]".utf8)))?[0]
        let isThere =
            column.kind == .time ? Instant(rfc3339: found.string ?? "") == Instant(rfc3339: sent?.string ?? "") : found.text == sent?.text
        #expect(isThere, "\(table.name).\(column.name) is \(found.text ?? "-") instead of \(sent?.text ?? "-"). Add it \(place)")
    }
}
