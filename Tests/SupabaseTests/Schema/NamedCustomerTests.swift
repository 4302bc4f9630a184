import Supabase
import SwitchboardTesting
import Testing

/// Whether `customer_id` is a customer's, in rows that do not say so themselves.
@Suite("Customers that are named")
struct NamedCustomerTests {
    private static let rows = """
        insert into contacts (contact_id, phone) values
          ('\(ContractRows.id(1))', '+919876543210'), ('\(ContractRows.id(2))', '+919812345678'), ('\(ContractRows.id(3))', null),
          ('\(ContractRows.id(4))', '+919822222222'), ('\(ContractRows.id(5))', '+919833333333');
        insert into identities (kind, scope, value, contact_id) values ('phone', '', '919811111111', '\(ContractRows.id(4))');
        insert into sessions (contact_id, phone, customer_id, channel, session_token) values
          ('\(ContractRows.id(1))', '+919876543210', '103', 'chat', 't1'),
          ('\(ContractRows.id(2))', '+919812345678', '+919812345678', 'chat', 't2'),
          ('\(ContractRows.id(3))', null, '\(ContractRows.id(3))', 'chat', 't3'),
          ('\(ContractRows.id(4))', '+919822222222', '+919811111111', 'chat', 't4'),
          ('\(ContractRows.id(5))', '+919833333333', null, 'chat', 't5');
        """
    private static let look = "select customer_named, customer_id from sessions order by session_token"

    @Test("Of what was stored before, a stand-in is no customer, also where it is a number that its person had before")
    func upgrade() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        let former = Migration.all.filter { $0.version < "20261126060000" }
        for migration in former { try await database.execute(migration.sql) }
        try await database.execute(Self.rows)
        try await database.migrate()
        #expect(
            try await database.rows(Self.look)
                == ["t|103", "f|+919812345678", "f|\(ContractRows.id(3))", "f|+919822222222", "f|-"])
    }

    @Test("A row that a team writes itself, without a right to call anything, says whether its customer is one")
    func ownRows() async throws {
        let database = try await SchemaDatabase.makeCopy()
        // Roles are the server's.
        let role = "team_\(UInt32.random(in: 0...UInt32.max))"
        try await database.execute(
            "create role \(role) nologin bypassrls; grant select, insert, update on contacts, identities, sessions to \(role)")
        #expect(await database.state(of: "begin; set local role \(role); \(Self.rows) commit") == nil)
        #expect(
            try await database.rows(Self.look)
                == ["t|103", "f|+919812345678", "f|\(ContractRows.id(3))", "t|+919811111111", "f|-"])
        #expect(
            await database.state(
                of: "begin; set local role \(role); update sessions set customer_id = '104' where session_token = 't2'; commit") == nil)
        #expect(try await database.rows("select customer_named, customer_id from sessions where session_token = 't2'") == ["t|104"])
        try await database.execute("drop owned by \(role); drop role \(role)")
    }
}
