import Foundation
import HTTPTransport
import JSON
import Messaging
import SwitchboardTesting
import Testing

/// If a project's own constraint refuses a row, the database's error quotes the row. None of it may appear anywhere.
@Suite("Database errors that quote a row are shown to nobody")
struct QuotedRowTests {
    /// A project's own rule that refuses rows of a table.
    struct Rule: Sendable {
        let name: String
        let apply: String
        let undo: String
    }

    /// A table, and a column of it with a person's words or numbers.
    struct Place: Sendable, CustomTestStringConvertible {
        let table: String
        let column: String
        /// The column with the row's creation time, if two people may have the same value in `column`.
        var time: String?

        var testDescription: String { "\(table).\(column)" }

        /// All ways in which PostgreSQL refuses a row with a message that quotes it.
        var rules: [Rule] {
            let drop = "alter table \(table) drop constraint own"
            let trigger = { (name: String, body: String) in
                Rule(
                    name: name,
                    apply: """
                        create function own() returns trigger language plpgsql as $$ begin \(body) return new; end $$;
                        create trigger own before insert on \(table) for each row execute function own();
                        """,
                    undo: "drop trigger own on \(table); drop function own();")
            }
            var rules = [
                Rule(
                    name: "a column that must not be null",
                    apply: "alter table \(table) add own int not null default 1; alter table \(table) alter own drop default;",
                    undo: "alter table \(table) drop own"),
                Rule(name: "a check", apply: "alter table \(table) add constraint own check (\(column) is null) not valid", undo: drop),
                Rule(
                    name: "a foreign key",
                    apply: """
                        create table others as select \(column) as it from \(table) limit 0; alter table others add primary key (it);
                        alter table \(table) add constraint own foreign key (\(column)) references others (it) not valid;
                        """,
                    undo: "\(drop); drop table others;"),
                trigger("a trigger's words", "raise exception 'no: %', new using detail = new::text, hint = new.\(column)::text;"),
                trigger("a trigger's code", "raise exception 'no: %', new using errcode = '23514', column = new.\(column)::text;"),
                trigger("a value that is no number", "perform new.\(column)::text::int;"),
                trigger("a value that is no time", "perform new.\(column)::text::timestamptz;"),
            ]
            guard let time else { return rules }
            // Of two people who are stored later, the second is refused.
            let later = { (statement: String) in
                "do $$ begin execute format('\(statement) where (\(time) > %L)', now()); end $$"
            }
            rules += [
                Rule(name: "a unique index", apply: later("create unique index own on \(table) (\(column))"), undo: "drop index own"),
                Rule(name: "an exclusion", apply: later("alter table \(table) add constraint own exclude (\(column) with =)"), undo: drop),
            ]
            return rules
        }
    }

    private static let places = [
        Place(table: "contacts", column: "display_name", time: "created_at"), Place(table: "identities", column: "value"),
        Place(table: "sessions", column: "session_token"), Place(table: "sessions", column: "phone"),
        Place(table: "messages", column: "text", time: "received_at"), Place(table: "message_statuses", column: "recipient"),
        Place(table: "events", column: "data"),
    ]

    @Test(
        "No log, probe, metric or verb shows a text, a name, a token or a whole phone", arguments: SharedDatabase.Way.allCases, places
    )
    func constraints(way: SharedDatabase.Way, place: Place) async throws {
        let database = try await SharedDatabase.make()
        try await database.settings(by: way) { section in
            try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: section)) { folder, gateway in
                let client = try GatewayClient(gateway)
                for (number, rule) in place.rules.enumerated() {
                    try await database.execute(rule.apply)
                    for person in 0...1 { try await deliver(2 * number + person, by: client) }
                    try await waiting(for: "\(rule.name) to refuse a row of \(place.table)") {
                        try folder.journal.count("SELECT count(*) FROM dead_letters WHERE resolved_at IS NULL") > 0 ? true : nil
                    }
                    for output in try await outputs(folder, gateway, client) { expectNothing(of: folder, in: output, rule.name) }
                    try await database.execute(rule.undo)
                    try await client.drained()
                    let retried = try await folder.run("dead-letters", "retry", "--all")
                    #expect(retried.exitCode == 0, "\(rule.name): \(retried.output)")
                }
                let tables = ["messages", "events", "message_statuses"]
                for table in tables {
                    let kept = try folder.journal.count("SELECT count(*) FROM \(table)")
                    #expect(try await database.rows("select count(*) from \(table)") == [["\(kept)"]], "\(table)")
                }
            }
        }
    }

    private static let text = "Confidential: my pin"
    private static let name = "Asha Verma-Iyer"

    /// Delivers a message, a status and a notice; each `number` stands for another person.
    private func deliver(_ number: Int, by client: GatewayClient) async throws {
        let phone = "91987651\(1000 + number)"
        let seconds = Instant.now.milliseconds / 1000
        let message =
            #"{"from":"\#(phone)","id":"wamid.\#(number)","timestamp":"\#(seconds)","type":"text","text":{"body":"\#(Self.text)"}}"#
        let status = """
            {"id":"wamid.sent-\(number)","status":"failed","timestamp":"\(seconds)","recipient_id":"\(phone)",\
            "errors":[{"code":131026,"title":"\(Self.text)"}]}
            """
        let body = """
            {"object":"whatsapp_business_account","entry":[{"id":"1","changes":[{"field":"messages","value":\
            {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},\
            "contacts":[{"profile":{"name":"\(Self.name)"},"wa_id":"\(phone)"}],"messages":[\(message)],"statuses":[\(status)]}},\
            {"field":"account_alerts","value":{"alert_description":"\(Self.text) \(number)"}}]}]}
            """
        #expect(try await client.deliver(body).status == 200)
    }

    /// Everything that users and operators can read, except the records that `dead-letters` is meant to show.
    private func outputs(_ folder: GatewayFolder, _ gateway: GatewayProcess, _ client: GatewayClient) async throws -> [String] {
        var outputs = [gateway.log]
        for path in ["/readyz", "/metrics"] {
            outputs.append(try await client.get(path).text)
            outputs.append(try await client.getAsOperator(path).text)
        }
        for verb in [["dead-letters", "list"], ["doctor"], ["journal", "check"]] {
            let outcome = try await BuiltProgram.run(verb + ["--config", "settings.yaml"], in: folder.path)
            outputs.append(outcome.output + outcome.errors)
        }
        let letters = try await folder.run("dead-letters", "list", "--json").output
        for line in letters.split(separator: "\n") {
            let letter = try JSON(parsing: Array(line.utf8))
            outputs.append("\(letter["reason"].string ?? "") \(letter["detail"].string ?? "")")
            let shown = try await folder.run("dead-letters", "show", letter["dead_letter_id"].string ?? "")
            outputs.append(shown.output.components(separatedBy: "{").first ?? "")
        }
        return outputs
    }

    private func expectNothing(of folder: GatewayFolder, in output: String, _ rule: String) {
        for word in ["Confidential", "pin", "Asha", "Verma", "91987651"] {
            #expect(!output.contains(word), "\(word) of \(rule)")
        }
        for token in (try? folder.journal.column("SELECT session_token FROM sessions")) ?? [] {
            #expect(!output.contains(token), "a token, \(rule)")
        }
    }
}
