import Journal
import Postgres
import Relay
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Advice about a project's own constraints and functions")
struct RefusalAdviceTests {
    @Test(
        "A constraint of the project's own is named, with a remedy; one of Switchboard's gets no such advice",
        arguments: [
            ("23505", "duplicate key value violates unique constraint \"one_active\"", "unique index one_active is your own"),
            ("23514", "new row for relation \"sessions\" violates check constraint \"own\"", "check own of the table sessions is your own"),
            (
                "23503", "insert or update on table \"messages\" violates foreign key constraint \"own\"",
                "alter table public.messages drop constraint own;"
            ),
            (
                "23503", "update or delete on table \"contacts\" violates foreign key constraint \"own\" on table \"orders\"",
                "foreign key own of the table orders is your own"
            ),
            (
                "23502", "null value in column \"team_id\" of relation \"sessions\" violates not-null constraint",
                "alter table public.sessions alter column team_id drop not null;"
            ),
            ("P0001", "words", "a trigger's function, which raises this, is the project's own"),
            ("23P01", "conflicting key value violates exclusion constraint \"own\"", "exclusion constraint own is your own"),
        ])
    func own(code: String, message: String, words: String) {
        let failure = CallFailure(PostgresError(.server, sqlState: code, message: message))
        #expect(failure.disposition == .permanent)
        #expect(failure.advice.contains(words) && failure.advice.contains("dead-letters retry --all --stage sync`"), "\(failure.advice)")
    }

    @Test(
        "A failure of one of Switchboard's constraints is refused without that advice",
        arguments: [
            ("23505", "duplicate key value violates unique constraint \"sessions_one_active_per_contact\"", Disposition.alreadyThere),
            ("23514", "new row for relation \"sessions\" violates check constraint \"sessions_status_check\"", .permanent),
            ("23502", "null value in column \"status\" of relation \"sessions\" violates not-null constraint", .permanent),
        ])
    func ours(code: String, message: String, disposition: Disposition) {
        let failure = CallFailure(PostgresError(.server, sqlState: code, message: message))
        #expect(failure.disposition == disposition && !failure.advice.contains("your own"))
    }

    @Test("The advice names a trigger's function that does not find a table, and the advised statement fixes it")
    func function() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create table activity_log (id bigint generated always as identity, phone text);
            create function log_session() returns trigger language plpgsql set search_path = '' as
            $$ begin insert into activity_log (phone) values (new.phone); return new; end $$;
            create trigger log_session after insert on sessions for each row execute function log_session();
            grant insert on activity_log to service_role;
            """)
        let batch = Array(
            ContractRows.batch(
                contacts: [ContractRows.contact(1, phone: "+919876543210")],
                sessions: [
                    ContractRows.session(11, of: 1, phone: "+919876543210")
                ]
            ).utf8)
        let transport = try database.transport()
        defer { transport.shutdown() }
        let failure = try #require(await Self.failure(of: batch, by: transport))
        #expect(failure.code == "42P01" && failure.foreignFunction?.hasSuffix("log_session()") == true && failure.isRefusal)
        let statement = try #require(failure.advice.firstMatch(of: /alter function [^;]*;/))
        #expect(failure.advice.hasSuffix("(SCHEMA is the one that has what it does not find)"))
        try await database.execute(String(statement.output.replacing(", SCHEMA", with: "")))
        #expect(await Self.failure(of: batch, by: transport) == nil)
    }

    @Test(
        "A project's function that fails because of types or privileges is named, without advice to migrate",
        arguments: [
            ("42804", "words"), ("42P10", "words"), ("42846", "words"), ("42501", "words"),
            ("42883", "operator does not exist: bigint = uuid"),
        ])
    func wrong(code: String, message: String) {
        let error = PostgresError(
            .server, sqlState: code, message: message, functions: ["public.log_session()", "switchboard.place_sessions(jsonb)"])
        let advice = CallFailure(error).advice
        #expect(advice.hasPrefix("the function public.log_session() is the project's own"), "\(advice)")
        #expect(advice.contains("drop or disable its trigger") && !advice.contains("switchboard migrate"), "\(advice)")
    }

    @Test("The advice for a role that may not write names roles that may, and authenticator is not one of them")
    func role() {
        let error = PostgresError(.server, sqlState: "42501", message: "permission denied for table sessions")
        let advice = CallFailure(error).advice
        #expect(advice.contains("the tables' owner or as a role that inherits service_role (authenticator does not"), "\(advice)")
    }

    @Test("The advice for a publication that prevents updates has statements that allow them again")
    func publication() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute("create publication changes for table contacts (phone)")
        let update = "update contacts set phone = phone"
        #expect(await database.state(of: update) == "42P10")
        let failure = CallFailure(
            PostgresError(.server, sqlState: "42P10", message: "cannot update table \"contacts\"", detail: "the server's detail"))
        #expect(failure.advice.contains("(the server's detail)") && !failure.advice.contains("switchboard migrate"))
        for statement in failure.advice.matches(of: /alter publication [^;]*;/) {
            try await database.execute(String(statement.output.replacing("NAME", with: "changes")))
        }
        #expect(await database.state(of: update) == nil)
        let identity = CallFailure(
            PostgresError(
                .server, sqlState: "55000",
                message: "cannot update table \"contacts\" because it does not have a replica identity and publishes updates"))
        #expect(identity.advice.hasSuffix("alter table public.contacts replica identity full;"))
    }

    @Test("An error that a trigger raises is shown with its function and without its words")
    func raised() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create function guard() returns trigger language plpgsql as $$ begin raise exception 'no: %', new.phone; end $$;
            create trigger guard before insert on contacts for each row execute function guard();
            """)
        let batch = Array(ContractRows.batch(contacts: [ContractRows.contact(1, phone: "+919876543210")]).utf8)
        let transport = try database.transport()
        defer { transport.shutdown() }
        let failure = try #require(await Self.failure(of: batch, by: transport))
        #expect(failure.description == "P0001: (words that may quote the row) (in \(failure.foreignFunction ?? ""))")
        #expect(failure.foreignFunction?.hasSuffix("guard()") == true && failure.advice.contains("guard()"))
    }

    @Test(
        "The failure of a script in a project's function names it, whether or not its message is omitted",
        arguments: [("P0001", "no: 4711"), ("42P01", "relation \"activity_log\" does not exist")])
    func migration(code: String, message: String) {
        let error = PostgresError(
            .server, sqlState: code, message: message, functions: ["public.guard()", "switchboard.place_sessions(jsonb)"])
        let told = MigrationFailure(nil, error).description
        #expect(told.contains("in public.guard()") && !told.contains("4711") && !told.contains("place_sessions"), "\(told)")
        #expect(told.contains("→ public.guard() is the project's own: correct it, or disable its trigger during the migration"), "\(told)")
        let own = PostgresError(.server, sqlState: code, message: message, functions: ["switchboard.place_sessions(jsonb)"])
        #expect(!MigrationFailure(nil, own).description.contains("place_sessions"))
        let moved = PostgresError(.server, sqlState: "42P01", message: "no", functions: ["acme_switchboard.place_sessions(jsonb)"])
        #expect(!MigrationFailure(nil, moved, in: .acme).description.contains("the project's own"))
    }

    @Test(
        "By REST, which names no function, the missing object decides whose fault it is",
        arguments: [
            ("42P01", "relation \"activity_log\" does not exist", true), ("42P01", "relation \"public.sessions\" does not exist", false),
            ("42883", "function notify_team(uuid) does not exist", true),
            ("42883", "function switchboard.new_token() does not exist", false),
            ("42703", "record \"new\" has no field \"mood\"", true), ("42703", "column \"merged_into\" does not exist", false),
        ])
    func rest(code: String, message: String, isForeign: Bool) {
        let failure = CallFailure(.pause, status: 404, code: code, message: message)
        #expect(failure.advice.contains("is the project's own") == isForeign, "\(failure.advice)")
        #expect(failure.advice.contains("switchboard migrate") != isForeign, "\(failure.advice)")
    }

    @Test("Only the API has a copy of the schema to reload", arguments: [(404, true), (nil, false)] as [(Int?, Bool)])
    func reloading(status: Int?, isAdvised: Bool) {
        let failure = CallFailure(.pause, status: status, code: "42703", message: "column \"merged_into\" does not exist")
        #expect(failure.advice.contains("switchboard migrate") && failure.advice.contains("notify pgrst") == isAdvised, "\(failure.advice)")
    }

    @Test(
        "A database that refuses a call is reported differently from one that does not answer",
        arguments: [
            (nil, "23514", Disposition.permanent, true), (nil, "23505", .alreadyThere, true), (nil, "42P01", .pause, true),
            (404, "42P01", .pause, true), (404, "PGRST202", .pause, true), (401, "PGRST301", .pause, true), (nil, "28P01", .pause, true),
            (nil, "28000", .pause, true), (nil, "3D000", .pause, true), (406, "PGRST106", .pause, true), (401, "", .pause, true),
            // The first is the pooler's answer about an unknown project or user; with retry the code means a defect of the server itself.
            (nil, "XX000", .pause, true), (nil, "XX000", .retry, false), (nil, "57014", .retry, false),
            (nil, "unreachable", .retry, false), (540, "", .pause, false), (402, "", .pause, false), (404, "", .pause, false),
        ])
    func refusal(status: Int?, code: String, disposition: Disposition, isRefusal: Bool) {
        #expect(CallFailure(disposition, status: status, code: code, message: "m").isRefusal == isRefusal)
    }

    private static func failure(of batch: [UInt8], by transport: DirectTransport) async -> CallFailure? {
        do throws(CallFailure) {
            _ = try await transport.call(.ingest, batch, within: .seconds(60))
            return nil
        } catch {
            return error
        }
    }
}
