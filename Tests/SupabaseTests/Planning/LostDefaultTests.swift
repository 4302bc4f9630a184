import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("Lost defaults of Switchboard's columns")
struct LostDefaultTests {
    private static let presets = """
        select a.attrelid::regclass, a.attname, format_type(a.atttypid, null), a.attnotnull, pg_get_expr(d.adbin, d.adrelid)
        from pg_attribute a join pg_class c on c.oid = a.attrelid and c.relkind = 'r'
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
        where c.relnamespace = current_schema()::regnamespace and a.attnum > 0 and not a.attisdropped order by 1, 2
        """

    @Test("migrate restores each default, whether it was dropped or lost by a change of the column's type", arguments: SchemaName.tested)
    func repaired(schema: SchemaName) async throws {
        let database = try await SchemaDatabase.makeCopy(in: schema)
        let before = try await database.rows(Self.presets)
        try await database.execute(
            """
            alter table contacts alter column updated_at drop default; alter table identities alter column first_seen drop default;
            alter table messages alter column content drop default; alter table events alter column data drop default;
            alter table sessions alter column session_id drop default, alter column status drop default;
            alter table sessions alter column expires_at type timestamp, alter column created_at type timestamp;
            """)
        let plan = try await database.plan()
        #expect(plan.steps == plan.changes)
        #expect(plan.changes.contains { $0.place == "contacts.updated_at" && $0.message == "gets its default again: now()" })
        try await database.migrate()
        #expect(try await database.rows(Self.presets) == before)
        #expect(try await database.plan().steps == [])
        // A default that the project has set itself stays.
        try await database.execute("alter table sessions alter column expires_at set default now() + interval '1 hour'")
        let own = try await database.rows(Self.presets)
        try await database.migrate()
        #expect(try await database.rows(Self.presets) == own)
    }

    @Test("The statements of doctor and of the plan that correct a column's type also restore its default")
    func correction() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let before = try await database.rows(Self.presets)
        try await database.execute(
            """
            alter table contacts alter column created_at type timestamp, alter column updated_at type timestamp;
            alter table messages alter column content drop default, alter column content type text using content::text;
            """)
        let obstacles = try await database.plan().obstacles
        #expect(obstacles.map(\.place) == ["contacts.created_at", "contacts.updated_at", "messages.content"], "\(obstacles)")
        for obstacle in obstacles { try await database.execute(#require(obstacle.statement)) }
        #expect(try await database.rows(Self.presets) == before)
        #expect(try await database.plan().steps == [])
    }
}
