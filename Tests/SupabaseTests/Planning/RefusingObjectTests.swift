import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Objects of a project's own that refuse Switchboard's rows or functions, whenever they were added")
struct RefusingObjectTests {
    /// An addition to a migrated database, and the place and a part of the message of each obstacle.
    private static let added: [(String, [(String, String)])] = [
        (
            "create table providers (name text primary key); alter table messages add foreign key (provider) references providers (name)",
            [("messages.provider", "the foreign key messages_provider_fkey allows only values from public.providers")]
        ),
        (
            """
            create table pairs (a text, b text, primary key (a, b));
            alter table sessions add constraint own foreign key (channel, customer_id) references pairs (a, b);
            """, [("sessions", "the foreign key own allows only values from public.pairs")]
        ),
        (
            "alter table sessions add constraint once exclude using btree (customer_id with =)",
            [("sessions.customer_id", "the exclusion constraint once may refuse Switchboard's rows")]
        ),
        (
            """
            create table log (t text); create rule noted as on insert to messages do also insert into log values ('m');
            create rule kept as on update to contacts where old.phone is not null do instead nothing;
            """, [("contacts", "the rule kept makes PostgreSQL refuse"), ("messages", "the rule noted makes PostgreSQL refuse")]
        ),
        (
            "create function switchboard_sweep(a int) returns int language sql as 'select 1'",
            [("database", "the function public.switchboard_sweep(integer) is not Switchboard's")]
        ),
        (
            """
            create aggregate switchboard.total(int) (sfunc = int4pl, stype = int);
            create function switchboard.shop() returns int language sql as 'select 1';
            create procedure public.switchboard_end(a int) language sql as 'select 1';
            """,
            [
                ("database", "the aggregate switchboard.total(integer) is not Switchboard's"),
                ("database", "the function switchboard.shop() is not Switchboard's"),
                ("database", "the procedure public.switchboard_end(integer)"),
            ]
        ),
    ]

    @Test("Each is an obstacle with its name, once, and its statement resolves it", arguments: added)
    func obstacles(script: String, expected: [(String, String)]) async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(script)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place).sorted() == expected.map(\.0), "\(obstacles)")
        for (place, words) in expected {
            #expect(obstacles.contains { $0.place == place && $0.message.contains(words) }, "\(place) \(words): \(obstacles)")
        }
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.plan().obstacles == [])
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("A function with one of Switchboard's names but another result type is reported before anything is created")
    func before() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute("create function switchboard_ingest(batch jsonb) returns int language sql as 'select 1'")
        let obstacles = try await database.plan().obstacles
        #expect(
            obstacles.map(\.statement) == ["alter routine public.switchboard_ingest(pg_catalog.jsonb) rename to own_switchboard_ingest;"])
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        try await database.migrate()
        #expect(try await database.plan().steps == [])
    }

    @Test("A foreign key of the customer is dropped and not restored, since its table need not have every customer")
    func keyOfCustomers() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        try await database.execute(
            """
            create table customers (id bigint primary key);
            \(HandmadeProject.sessions(["customer_id": "bigint references customers (id)"]))
            """)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place) == ["sessions.customer_id"] && obstacles.first?.restoration == nil, "\(obstacles)")
    }
}
