import Foundation
import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

/// Tables of the database that are not as they should be: no record is at fault, and none becomes a dead letter.
@Suite("Tables that accept no record")
struct SchemaFaultTests {
    struct WrongType: Sendable, CustomTestStringConvertible {
        let table: String
        let column: String
        let type: String

        var testDescription: String { "\(table).\(column) \(type)" }
    }

    private static let wrongTypes = [
        WrongType(table: "sessions", column: "phone", type: "bigint"), WrongType(table: "sessions", column: "session_token", type: "uuid"),
        WrongType(table: "messages", column: "external_id", type: "bigint"),
        WrongType(table: "contacts", column: "customer_id", type: "bigint"),
    ]

    @Test(
        "A column of a wrong type is reported once with its correction, sets no row aside, and storing resumes once it was run",
        arguments: SharedDatabase.Way.allCases, wrongTypes)
    func wrongType(way: SharedDatabase.Way, fault: WrongType) async throws {
        let database = try await SharedDatabase.make()
        _ = try await database.rows(
            "alter table \(fault.table) alter column \(fault.column) type \(fault.type) using null")
        try await database.settings(by: way) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                for number in 0..<20 {
                    let started = try await client.start(
                        #"{"phone":"+91987654\#(1000 + number)","channel":"chat","customer_id":"c\#(number)"}"#)
                    #expect(started.status < 300, "\(started.text)")
                }
                #expect(try await client.deliver(WhatsAppWebhook.texts((0..<20).map { "wamid.\($0)" })).accepted == 20)
                let line = try await waiting(for: "what to do") {
                    gateway.log.split(separator: "\n").first { $0.contains("\(fault.table).\(fault.column) is \(fault.type) and must be") }
                        .map(String.init)
                }
                #expect(try await client.sync().isRefused)
                if let statement = line.firstMatch(of: /alter table [^;]*;/) { _ = try await database.rows(String(statement.output)) }
                let migrated = try await BuiltProgram.run(["migrate", "--db-url", database.url])
                #expect(migrated.exitCode == 0, "\(migrated.errors)")
                try await client.drained()
                #expect(try await database.rows("select count(*) from messages") == [["20"]])
                #expect(try await database.rows("select count(*) from sessions") == [["21"]])
                #expect(try folder.journal.rows("SELECT * FROM dead_letters").isEmpty)
                let errors = gateway.log.split(separator: "\n").filter { $0.contains("error") && $0.contains("Supabase") }
                #expect(errors.count <= 3, "\(errors.count) lines of errors")
            }
        }
    }

    @Test(
        "A project's index that refuses some rows is named where possible, and is no outage",
        arguments: SharedDatabase.Way.allCases)
    func ownIndex(way: SharedDatabase.Way) async throws {
        let database = try await SharedDatabase.make()
        _ = try await database.rows("create unique index one_text on messages (text)")
        try await database.settings(by: way) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                for number in 0..<10 {
                    let text = number.isMultiple(of: 2) ? "Hello" : "Hello \(number)"
                    #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.\(number)"], text: text)).accepted == 1)
                }
                try await client.drained()
                #expect(try await database.rows("select count(*) from messages") == [["6"]])
                #expect(try folder.journal.count("SELECT count(*) FROM dead_letters WHERE reason LIKE '%23505%'") == 4)
                // PostgREST does not say where the text of an error comes from: a name in it may be part of a row.
                let name = way == .postgres ? "one_text" : "whose name the database's log shows"
                #expect(gateway.log.contains("the unique index \(name) is your own"))
                #expect(!gateway.log.contains("accepts records again") && !gateway.log.contains("could not save to Supabase"))
                _ = try await database.rows("drop index one_text")
                #expect(try await folder.run("dead-letters", "retry", "--all").exitCode == 0)
                #expect(try await database.rows("select count(*) from messages") == [["10"]])
            }
        }
    }

    @Test("If every record of a kind is refused, the first few are set aside and all others wait; none is lost")
    func everyRecord() async throws {
        let database = try await SharedDatabase.make()
        _ = try await database.rows("alter table sessions add column team_id int not null")
        try await database.settings(by: .postgres) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                for number in 0..<60 {
                    let body = WhatsAppWebhook.texts(["wamid.\(number)"], text: "Confidential").replacing(
                        "919876543210", with: "9198765\(10000 + number)")
                    #expect(try await client.deliver(body).accepted == 1)
                }
                try await waiting(for: "the refusal of all to be told, and what is wrong") {
                    let words = ["rejects every record of one kind", "sessions.team_id is your own column without a default"]
                    return words.allSatisfy(gateway.log.contains) ? true : nil
                }
                #expect(try folder.journal.rows("SELECT * FROM dead_letters").count <= 10)
                _ = try await database.rows("alter table sessions alter column team_id drop not null")
                try await client.drained()
                let retried = try await folder.run("dead-letters", "retry", "--all")
                #expect(retried.exitCode == 0, "\(retried.output)\(retried.errors)")
                #expect(try await database.rows("select count(*) from messages") == [["60"]])
                #expect(!gateway.log.contains("Confidential") && !gateway.log.contains("91987651"))
            }
        }
    }
}
