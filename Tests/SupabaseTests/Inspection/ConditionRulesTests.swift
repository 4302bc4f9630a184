import JSON
import Messaging
import Postgres
import Signing
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Conditions that prevent rows from being stored, whatever the tables")
struct ConditionRulesTests {
    /// A schema as the migrations create it, as far as these rules look at it.
    private static func seen(_ change: (inout SchemaInspection) -> Void = { _ in }) -> SchemaInspection {
        var seen = SchemaInspection()
        seen.version = SchemaContract.version
        seen.columns = SchemaContract.columns.flatMap { table, columns in
            columns.map { SchemaInspection.Column(table: table, name: $0.key, type: $0.value) }
        }
        seen.rowSecurity = SchemaContract.columns.mapValues { _ in true }
        seen.functions = SchemaContract.functions
        seen.denied = []
        seen.encoding = "UTF8"
        seen.bodies = FunctionBodies(in: .public).digests
        change(&seen)
        return seen
    }

    private func wrong(_ change: (inout SchemaInspection) -> Void) -> [Finding] {
        SchemaRules(Self.seen(change)).findings.filter { $0.level != .ok }
    }

    @Test("A writable database in UTF-8 with this version's functions has no findings")
    func good() {
        let findings = SchemaRules(Self.seen()).findings
        #expect(findings.filter { $0.level != .ok } == [])
        #expect(findings.contains(Finding(.ok, "supabase.writing", "the database accepts writes")))
    }

    @Test(
        "A read-only database fails with the reason and advice; a default that the API overrides is a warning",
        arguments: [
            (SchemaInspection.ReadOnly.standby, Finding.Level.fail, "standby"),
            (.byDefault, .fail, "default_transaction_read_only"), (.byDefaultOfAPI, .warn, "default_transaction_read_only"),
        ])
    func readOnly(cause: SchemaInspection.ReadOnly, level: Finding.Level, word: String) {
        let found = wrong { $0.readOnly = cause }
        #expect(found.map(\.level) == [level] && found[0].check == "supabase.writing" && found[0].message.contains(word))
        #expect(found[0].advice != nil)
    }

    @Test("Doctor and migrate give the same line to reset a read-only default, or say where to look for its cause")
    func resets() {
        let reset = "alter role postgres in database doc reset default_transaction_read_only;"
        let line = "begin read write; \(reset) commit;"
        func advice(_ resets: [String]?) -> String {
            wrong {
                $0.readOnly = .byDefault
                $0.readOnlyResets = resets
            }.first?.advice ?? ""
        }
        #expect(advice([reset]).hasSuffix("as a role that may: \(line)"))
        #expect(advice([]).contains("the options of the URL or from the server's configuration"))
        #expect(advice(nil).contains("begin read write; alter role NAME reset"))
        var survey = DatabaseSurvey()
        survey.isReadOnly = true
        survey.schema.readOnly = .byDefault
        survey.schema.readOnlyResets = [reset]
        #expect(ServerPlan(survey).steps.filter { $0.message.hasPrefix("is read-only") }.map(\.statement) == [line])
    }

    @Test("Each read-only default is found, and the given line resets it without changes", arguments: SchemaName.tested)
    func defaults(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let name = try #require(database.url.split(separator: "/").last)
        try await database.execute(
            """
            alter database \(name) set default_transaction_read_only = on;
            do $$ begin execute format('alter role %I in database %I set default_transaction_read_only = on', session_user, current_database());
            end $$;
            """)
        // The examination needs a new connection: one that was opened before has the former default.
        let transport = try DirectTransport(url: Secret(database.url), schema: schema)
        let found = await DatabaseExamination(transport).findings().filter { $0.check == "supabase.writing" }
        transport.shutdown()
        #expect(found.map(\.level) == [.fail])
        let plan = try await database.plan()
        let statement = try #require(plan.obstacles.first { $0.message.hasPrefix("is read-only") }?.statement)
        #expect(found.first?.advice?.hasSuffix(statement) == true && statement.contains("alter database \(name) reset"))
        let closed = try SchemaDatabase(url: database.url, in: schema)
        #expect(await closed.state(of: "create table own ()") == "25006")
        try await closed.execute(statement)
        let open = try SchemaDatabase(url: database.url, in: schema)
        #expect(await open.state(of: "create table own ()") == nil)
    }

    @Test("Another encoding than UTF-8 fails in doctor and is an obstacle to a migration")
    func encoding() {
        let found = wrong { $0.encoding = "LATIN1" }
        #expect(found.map(\.check) == ["supabase.encoding"] && found[0].message.contains("LATIN1"))
        var survey = DatabaseSurvey()
        survey.encoding = "LATIN1"
        #expect(ServerPlan(survey).steps.contains { $0.message.contains("the encoding LATIN1") && $0.advice != nil })
        survey.encoding = "UTF8"
        #expect(!ServerPlan(survey).steps.contains { $0.message.contains("encoding") })
    }

    @Test("Dropped and replaced functions are named")
    func bodies() {
        let found = wrong {
            $0.bodies?["switchboard.store_messages"] = nil
            $0.bodies?["public.switchboard_end"] = ["0"]
        }
        #expect(found.map(\.check) == ["supabase.functions"])
        #expect(
            found[0].message
                == "missing: switchboard.store_messages; different from this version's: public.switchboard_end")
        #expect(found[0].advice?.contains("switchboard migrate") == true)
    }

    @Test("If the functions are of another version, only the version is reported, not each function")
    func otherVersion() {
        let found = wrong {
            $0.version = SchemaContract.version - 1
            $0.bodies = [:]
        }
        #expect(found.count == 1 && found[0].message.contains("is older than"))
    }

    @Test("Forced row security on the tables' owner is reported with the statement that ends it, without advice to migrate")
    func forced() {
        let found = wrong {
            $0.denied = ["rows of messages"]
            $0.forced = ["messages"]
        }
        #expect(found.map(\.advice) == ["alter table public.messages no force row level security;"])
        let both = wrong {
            $0.denied = ["rows of messages", "table events"]
            $0.forced = ["messages"]
        }
        #expect(both.count == 2 && both[0].message.hasSuffix("may not use: table events"))
    }

    @Test("For disabled row security the advice is to enable it, and the agents' grants stay")
    func rowSecurity() {
        let found = wrong {
            $0.rowSecurity?["sessions"] = false
            $0.openGrants = [
                .init(object: "table sessions", role: "authenticated", privileges: ["select"]),
                .init(object: "table messages", role: "authenticated", privileges: ["select"], isSecured: true),
            ]
        }
        #expect(found.filter { $0.level == .fail }.map(\.check) == ["supabase.row_security"])
        #expect(found.first { $0.level == .fail }?.advice == "alter table public.sessions enable row level security;")
        #expect(!found.contains { $0.advice?.contains("public.sessions from") == true }, "\(found)")
    }

    @Test("In a table without row security only privileges that policies never restrict are revoked")
    func writing() {
        let found = wrong {
            $0.rowSecurity?["messages"] = false
            $0.rowSecurity?["sessions"] = false
            $0.openGrants = [
                .init(object: "table messages", role: "anon", privileges: ["select", "insert"]),
                .init(object: "table sessions", role: "anon", privileges: ["select"], showsTokens: true),
            ]
        }
        let advice = found.compactMap(\.advice)
        #expect(advice.contains("revoke insert on public.messages from public, anon;"), "\(advice)")
        #expect(advice.contains("revoke all on public.sessions from public, anon;"), "\(advice)")
    }

    @Test("A type with unnecessary quotes is the same type")
    func quotedTypes() {
        let answer = """
            {"columns":[{"table":"contacts","column":"contact_id","type":"\\"uuid\\""},
                        {"table":"contacts","column":"phone","type":"timestamp with time zone"}]}
            """
        let seen = SchemaInspection(Array(answer.utf8))
        #expect(seen?.columns.map(\.type) == ["uuid", "timestamp with time zone"])
    }

    @Test("A migrated database in which all names are quoted needs no change and has no findings", arguments: SchemaName.tested)
    func quotedNames(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let name = try #require(database.url.split(separator: "/").last)
        try await database.execute("alter database \(name) set quote_all_identifiers = on")
        #expect(try await database.plan().steps == [])
        let transport = try database.transport()
        defer { transport.shutdown() }
        #expect(await DatabaseExamination(transport).findings().filter { $0.level != .ok } == [])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("Numbers that stand for times become times, from seconds and from milliseconds", arguments: ["bigint", "integer", "numeric"])
    func epochs(type: String) async throws {
        let correction = SchemaRules.correction(
            of: "messages", "received_at", from: type, to: "timestamp with time zone", in: .public)
        #expect(!correction.contains("::text::"))
        let database = try await SchemaDatabase.makeCopy()
        let values = type == "integer" ? "(1700000000)" : "(1700000000), (1700000000123)"
        try await database.execute(
            """
            create table own (received_at \(type)); insert into own values \(values);
            \(correction.replacing("public.messages", with: "public.own"))
            """)
        #expect(try await database.rows("select distinct date_trunc('second', received_at) = to_timestamp(1700000000) from own") == ["t"])
    }
}

@Suite("Digests of the functions of a database")
struct FunctionBodiesTests {
    @Test("Digests cover the text between the dollar quotes; functions with one name share an entry")
    func digests() {
        let script = """
            create or replace function switchboard.one(a int) returns int language sql as $$ select 1 $$;
            create or replace function switchboard.one(a text) returns int language sql as $$ select 2 $$;
            do $$ begin null; end $$;
            """
        let digests = FunctionBodies.digests(in: script)
        #expect(digests.keys.map(\.self) == ["switchboard.one"])
        #expect(digests["switchboard.one"] == Set([" select 1 ", " select 2 "].map { Hex.encode(Digest.sha256(Array($0.utf8))) }))
    }

    @Test("A migrated database has each of this version's functions, by digest", arguments: SchemaName.tested)
    func migrated(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let seen = SchemaInspection(Array(try await database.call(.inspect, "{}").text?.utf8 ?? "".utf8))
        let expected = FunctionBodies(in: schema)
        #expect(expected.digests.count > 60)
        #expect(seen?.bodies == expected.digests)
    }

    @Test("Doctor finds what prevents rows in a real database, and migrate restores the functions")
    func faults() async throws {
        let database = try await SchemaDatabase.make()
        func failed(_ options: String = "") async throws -> [Finding] {
            let transport = try DirectTransport(url: Secret("\(database.url)?options=-c%20role%3Dservice_role\(options)"))
            defer { transport.shutdown() }
            return await DatabaseExamination(transport).findings().filter { $0.level == .fail }
        }
        #expect(try await failed() == [])
        #expect(try await failed("%20-c%20quote_all_identifiers%3Don") == [])
        #expect(try await failed("%20-c%20DateStyle%3DSQL%20-c%20bytea_output%3Descape") == [])
        #expect(try await failed("%20-c%20default_transaction_read_only%3Don").map(\.check) == ["supabase.writing"])
        try await database.execute(
            """
            drop function switchboard.store_messages(jsonb, jsonb); create or replace function switchboard.new_token() returns text language sql
            as 'select md5(random()::text)'
            """)
        let found = try await failed()
        #expect(found.map(\.check) == ["supabase.functions"])
        #expect(found.first?.message.contains("switchboard.store_messages") == true)
        #expect(found.first?.message.contains("switchboard.new_token") == true)
        try await database.migrate()
        #expect(try await failed() == [])
        try await database.execute("drop function switchboard.conditions()")
        #expect(try await failed().contains { $0.message == "switchboard_inspect does not work" })
    }
}
