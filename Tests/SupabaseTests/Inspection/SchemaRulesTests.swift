import JSON
import Messaging
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Faults of a schema")
struct SchemaRulesTests {
    @Test("A key counts under any name; if the answer has no columns of keys, it is recognized by its name")
    func keyNames() {
        var seen = Self.good
        seen.indexes?.remove("messages_item_key")
        #expect(SchemaRules(seen).findings.allSatisfy { $0.level == .ok })
        seen.keys = nil
        #expect(SchemaRules(seen).findings.filter { $0.level == .fail }.map(\.message).contains { $0.hasSuffix("messages_item_key") })
    }

    @Test("A column of any other type becomes a text by one cast")
    func casts() {
        for type in ["character varying", "bigint", "jsonb"] {
            #expect(SchemaRules.correction(of: "messages", "text", from: type, to: "text", in: .public).contains("using text::text;"))
        }
    }

    /// A schema as the migrations create it.
    static let good: SchemaInspection = {
        var seen = SchemaInspection()
        seen.version = SchemaContract.version
        seen.serverVersion = 170_006
        seen.role = "service_role"
        seen.columns = SchemaContract.columns.flatMap { table, columns in
            columns.map { SchemaInspection.Column(table: table, name: $0.key, type: $0.value) }
        }
        seen.rowSecurity = SchemaContract.columns.mapValues { _ in true }
        seen.indexes = SchemaContract.uniqueIndexes.union(SchemaContract.otherIndexes)
        seen.keys = TableScript.all.mapValues { script in script.indexes.values.filter { $0.kind != .index }.map { Set($0.columns) } }
        seen.functions = SchemaContract.functions
        seen.openGrants = []
        seen.denied = []
        return seen
    }()

    struct Case: Sendable, CustomTestStringConvertible {
        let level: Finding.Level
        let check: String
        let words: [String]
        let change: @Sendable (inout SchemaInspection) -> Void

        init(_ level: Finding.Level, _ check: String, _ words: [String], _ change: @escaping @Sendable (inout SchemaInspection) -> Void) {
            self.level = level
            self.check = check
            self.words = words
            self.change = change
        }

        var testDescription: String { words.joined(separator: " ") }
    }

    @Test("The schema that the migrations create has no findings")
    func good() { #expect(SchemaRules(Self.good).findings.allSatisfy { $0.level == .ok && $0.advice == nil }) }

    @Test("Each difference is one finding with advice", arguments: cases)
    func difference(case: Case) {
        var seen = Self.good
        `case`.change(&seen)
        let wrong = SchemaRules(seen).findings.filter { $0.level != .ok }
        #expect(wrong.map(\.level) == [`case`.level] && wrong.map(\.check) == [`case`.check], "\(wrong)")
        let text = wrong.map { "\($0.message)\n\($0.advice ?? "")" }.joined()
        for word in `case`.words { #expect(text.contains(word), "\(text)") }
    }

    @Test("Every statement names the inspected schema", arguments: cases)
    func otherSchema(case: Case) {
        var seen = Self.good
        `case`.change(&seen)
        let wrong = SchemaRules(seen, in: .acme).findings.filter { $0.level != .ok }
        let text = wrong.map { "\($0.message)\n\($0.advice ?? "")" }.joined()
        for word in `case`.words { #expect(text.contains(word.replacing("public.", with: "acme.")), "\(text)") }
        #expect(!text.contains("public."), "\(text)")
    }

    private static let cases = [
        Case(.warn, "supabase.server", ["PostgreSQL 14.9 is older than 15"]) { $0.serverVersion = 140_009 },
        Case(.fail, "supabase.functions", ["switchboard_inspect does not exist", "switchboard migrate"]) {
            $0.version = nil
            $0.functions?.remove("switchboard_inspect")
        },
        Case(.fail, "supabase.functions", ["switchboard_inspect does not work", "switchboard migrate"]) { $0.version = nil },
        Case(.fail, "supabase.functions", ["version 0 is older than this program's \(SchemaContract.version)", "switchboard migrate"]) {
            $0.version = 0
        },
        Case(.warn, "supabase.functions", ["version 1000 is newer", "upgrade this program"]) { $0.version = 1000 },
        Case(.fail, "supabase.functions", ["missing: switchboard_sweep", "switchboard migrate"]) {
            $0.functions?.remove("switchboard_sweep")
        },
        Case(.fail, "supabase.functions", ["missing: switchboard_start", "switchboard migrate"]) {
            $0.functions?.remove("switchboard_start")
        },
        Case(.fail, "supabase.tables", ["missing: events", "switchboard migrate"]) { seen in seen.columns.removeAll { $0.table == "events" }
        },
        Case(.fail, "supabase.columns", ["sessions.metadata is missing", "switchboard migrate"]) { seen in
            seen.columns.removeAll { $0.table == "sessions" && $0.name == "metadata" }
        },
        Case(.fail, "supabase.columns", ["sessions.customer_id is bigint and must be text\nrun `switchboard migrate`"]) { seen in
            seen.columns.removeAll { $0.table == "sessions" && $0.name == "customer_id" }
            seen.columns.append(.init(table: "sessions", name: "customer_id", type: "bigint"))
        },
        Case(
            .fail, "supabase.columns",
            [
                "contacts.created_at is timestamp without time zone",
                "alter table public.contacts alter column created_at drop default, alter column created_at type timestamp with time zone "
                    + "using created_at at time zone 'UTC', alter column created_at set default now();",
            ]
        ) { seen in
            seen.columns.removeAll { $0.table == "contacts" && $0.name == "created_at" }
            seen.columns.append(.init(table: "contacts", name: "created_at", type: "timestamp without time zone"))
        },
        Case(.fail, "supabase.columns", ["sessions.expires_at has lost its default", "switchboard migrate"]) { seen in
            seen.columns.removeAll { $0.table == "sessions" && $0.name == "expires_at" }
            seen.columns.append(.init(table: "sessions", name: "expires_at", type: "timestamp with time zone", isDemanding: true))
        },
        Case(.fail, "supabase.columns", ["sessions.shop is your own column without a default"]) { seen in
            seen.columns.append(.init(table: "sessions", name: "shop", type: "integer", isDemanding: true))
        },
        Case(.fail, "supabase.row_security", ["off: events, sessions", "alter table public.sessions enable row level security;"]) { seen in
            seen.rowSecurity?["sessions"] = false
            seen.rowSecurity?["events"] = false
        },
        // In the form in which functions before the sixth version report it.
        Case(.fail, "supabase.grants", ["table sessions is open to anon\n", "revoke all on public.sessions from public, anon;"]) { seen in
            seen.openGrants = [.init(object: "table sessions", role: "anon")]
        },
        Case(.fail, "supabase.grants", ["anon can call function switchboard_end\n", "switchboard migrate"]) { seen in
            seen.openGrants = [.init(object: "function switchboard_end", role: "anon")]
        },
        Case(
            .fail, "supabase.grants",
            ["table events is open to authenticated for delete, select", "\nrevoke delete on public.events from public, authenticated;"]
        ) { seen in
            seen.openGrants = [.init(object: "table events", role: "authenticated", privileges: ["select", "delete"], isSecured: true)]
        },
        Case(
            .fail, "supabase.grants",
            [
                "table sessions is open to anon for select, and shows everybody's session_token\nrevoke all on public.sessions from public, anon;"
            ]
        ) { seen in
            seen.openGrants = [.init(object: "table sessions", role: "anon", privileges: ["select"], showsTokens: true)]
        },
        Case(.fail, "supabase.grants", ["table events is open to anon for select", "\nrevoke all on public.events from public, anon;"]) {
            seen in
            seen.openGrants = [.init(object: "table events", role: "anon", privileges: ["select"])]
        },
        Case(
            .fail, "supabase.grants",
            [
                "authenticated can read sessions.session_token",
                "revoke select on public.sessions from public, authenticated; grant select (", ") on public.sessions to authenticated;",
            ]
        ) { seen in
            seen.openGrants = [
                .init(object: "table sessions", role: "authenticated", privileges: ["select"], isSecured: true, showsTokens: true)
            ]
        },
        Case(
            .warn, "supabase.grants",
            [
                "authenticated can read, under row security and without session_token: table contacts, table events, table identities, "
                    + "table message_status_current, table messages, table sessions\n", "Docs/Supabase.md",
                "revoke select on public.contacts, public.events, public.identities, public.message_status_current, public.messages, "
                    + "public.sessions from public, authenticated;",
            ]
        ) { seen in
            seen.openGrants = ["sessions", "messages", "identities", "events", "contacts", "message_status_current"].map {
                .init(object: "table \($0)", role: "authenticated", privileges: ["select"], isSecured: true)
            }
        },
        Case(.fail, "supabase.permission", ["service_role may not use: function switchboard_ingest", "service_role"]) { seen in
            seen.denied = ["function switchboard_ingest"]
        },
        Case(.fail, "supabase.indexes", ["twice: sessions_one_active_per_contact"]) {
            $0.indexes?.remove("sessions_one_active_per_contact")
        },
        Case(.fail, "supabase.indexes", ["missing, so every row is refused (42P10): messages_item_key\n"]) { seen in
            seen.indexes?.remove("messages_item_key")
            seen.keys?["messages"]?.removeAll { $0 == ["provider", "account", "external_id"] }
        },
        Case(
            .fail, "supabase.indexes",
            ["missing, so every row is refused (42P10): contacts_pkey, identities_pkey\nrun `switchboard"]
        ) {
            $0.keys?["contacts"] = []
            $0.keys?["identities"] = [["kind", "scope"]]
        },
        Case(.fail, "supabase.indexes", ["missing, so rows may be stored twice: sessions_pkey\n"]) { seen in
            seen.keys?["sessions"]?.removeAll { $0 == ["session_id"] }
        },
        Case(
            .warn, "supabase.realtime",
            ["no publication supabase_realtime", "create publication supabase_realtime for table public.messages;"]
        ) {
            $0.unpublished = ["messages"]
        },
        Case(
            .warn, "supabase.realtime",
            ["does not contain", "alter publication supabase_realtime add table public.events, public.messages;"]
        ) {
            $0.unpublished = ["messages", "events"]
            $0.hasPublication = true
        },
        Case(.warn, "supabase.indexes", ["slow: messages_session_idx"]) { $0.indexes?.remove("messages_session_idx") },
        Case(.warn, "supabase.indexes", ["messages_session_idx"]) { $0.indexes = SchemaContract.uniqueIndexes },
    ]

    @Test("A long list is shortened")
    func listed() {
        #expect((11...20).map(String.init).reversed().listed == "11, 12, 13, 14, 15, 16, 17, 18, 19, 20")
        #expect((11...22).map(String.init).listed.hasSuffix(", 20 and 2 more"))
    }

    @Test("Each open object is one finding with its own advice, and harmless access is only a warning")
    func openGrants() {
        var seen = Self.good
        seen.openGrants = SchemaContract.columns.keys.map {
            .init(object: "table \($0)", role: "anon", privileges: $0 == "events" ? ["select"] : ["insert"], isSecured: true)
        }
        let wrong = SchemaRules(seen).findings.filter { $0.level != .ok }
        #expect(wrong.count { $0.level == .fail } == SchemaContract.columns.count - 1 && wrong.last?.level == .warn)
        #expect(Set(wrong.compactMap(\.advice)).count == SchemaContract.columns.count)
    }

    @Test("If only columns are reported, only columns are checked")
    func columnsAlone() {
        var seen = SchemaInspection()
        seen.columns = Self.good.columns
        #expect(SchemaRules(seen).findings.map(\.check) == ["supabase.tables", "supabase.functions", "supabase.columns"])
    }

    @Test("The contract equals the result of the migrations, column by column and index by index")
    func contract() async throws {
        let database = try await SchemaDatabase.make()
        let answer = try await database.call(.inspect, "{}").text ?? ""
        let seen = try #require(SchemaInspection(Array(answer.utf8)))
        #expect(SchemaRules(seen).findings.filter { $0.level != .ok } == [])
        #expect(seen.version == SchemaContract.version)
        let columns = Dictionary(grouping: seen.columns, by: \.table).mapValues { columns in
            Dictionary(columns.map { ($0.name, $0.type) }) { $1 }
        }
        #expect(columns == SchemaContract.columns)
        let named = (seen.indexes ?? []).filter { !$0.hasSuffix("_pkey") }
        #expect(named == SchemaContract.uniqueIndexes.union(SchemaContract.otherIndexes))
        let constraints = """
            select conname from pg_constraint c join pg_class t on t.oid = c.conrelid
            where t.relnamespace = 'public'::regnamespace and contype <> 'u'
            """
        #expect(Set(try await database.rows(constraints)) == SchemaContract.constraints)
        let explained = "select relname from pg_class where relkind = 'i' and obj_description(oid, 'pg_class') like 'Serves %'"
        #expect(Set(try await database.rows(explained)) == SchemaContract.otherIndexes)
    }

    @Test("An answer that is no inspection, or lacks parts, causes no crash", arguments: ["", "[]", "null", "{}", #"{"columns":7}"#])
    func noAnswer(text: String) { #expect(SchemaInspection(Array(text.utf8)) == nil) }

    @Test("Everything in an answer of an older version is read")
    func olderAnswer() {
        let seen = SchemaInspection(Array(#"{"version":0,"columns":[{"table":"sessions"},7],"indexes":7}"#.utf8))
        #expect(seen?.version == 0 && seen?.columns.count == 2 && seen?.indexes == nil && seen?.denied == nil)
    }
}
