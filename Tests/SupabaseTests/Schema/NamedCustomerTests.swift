import AdapterConformance
import JSON
import Messaging
import SharedCases
import Supabase
import SwitchboardTesting
import Testing

/// Decides whether `customer_id` contains a customer, for rows that do not record it themselves.
@Suite("Customers that clients have named")
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

    @Test("In existing rows a placeholder does not count as a customer, even if it is an earlier number of the person")
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

    @Test("The rule about names of customers matches Tests/SessionRules")
    func names() async throws {
        let database = try await SchemaDatabase.makeCopy()
        for customer in try CustomerCase.all() {
            let id = customer.id.replacing("'", with: "''")
            #expect(
                try await database.rows("select switchboard.names_somebody('\(id)')") == [customer.namesSomebody ? "t" : "f"], "\(id)")
        }
        #expect(try await database.rows("select switchboard.names_somebody(null)") == ["f"])
    }

    /// Parts of ids, words and addresses, which are combined at random.
    private static let pieces = [
        "anonymous", "null", "guest", "0", "00", "1", "+", "-", "_", " ", ":", ";", "?", "@", "@x", "@example.com", "sip:", "tel:",
        "whatsapp:",
        "mailto:", "%30", "%61", "%2561", "%00", "%", "<", ">", "266696687", "+7378742833", ".invalid", "c.us", "10.0.0.1", "ｎ", "ull", "٠",
        "𝟎",
        "\u{200B}", "\u{301}", "\u{85}", "\u{7F}", "\u{1680}", "\u{3000}", "é", "你", "[", "(null)",
    ]

    @Test("For any text, the function and the gateway agree")
    func agreement() async throws {
        let database = try await SchemaDatabase.makeCopy()
        var generator = SeededGenerator()
        var texts: [String] = []
        for _ in 0..<3000 {
            let count = Int.random(in: 1...5, using: &generator)
            texts.append((0..<count).map { _ in Self.pieces.randomElement(using: &generator) ?? "" }.joined())
        }
        texts += (1...0x1FFFF).compactMap { Unicode.Scalar(UInt32($0)) }.filter { $0.value.isMultiple(of: 16) }.map { "nul\($0)" }
        texts += [String(repeating: "0", count: 129), String(repeating: " ", count: 129) + "null"]
        for part in stride(from: 0, to: texts.count, by: 500).map({ texts[$0..<min($0 + 500, texts.count)] }) {
            let values = part.map { "('\($0.replacing("'", with: "''"))', \($0.namesSomebody))" }.joined(separator: ",")
            let query = "select id from (values \(values)) v(id, said) where switchboard.names_somebody(id) <> said"
            #expect(try await database.rows(query) == [], "SWITCHBOARD_SEED=\(SeededGenerator.runSeed)")
        }
    }

    @Test("The upgrade removes the customer `anonymous` that an earlier gateway stored, and a start can then name one")
    func formerNobody() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        let former = Migration.all.filter { $0.version < "20261127100000" }
        for migration in former { try await database.execute(migration.sql) }
        try await database.execute(
            """
            insert into contacts (contact_id, phone, customer_id) values
              ('\(ContractRows.id(1))', '+919876543210', 'anonymous'), ('\(ContractRows.id(2))', '+919812345678', '103');
            insert into sessions (contact_id, phone, customer_id, customer_named, channel, session_token, status, expires_at) values
              ('\(ContractRows.id(1))', '+919876543210', 'anonymous', true, 'chat', 't1', 'active', now() + interval '1 hour'),
              ('\(ContractRows.id(1))', '+919876543210', 'anonymous', true, 'chat', 't2', 'expired', now()),
              ('\(ContractRows.id(2))', '+919812345678', '103', true, 'chat', 't3', 'active', now() + interval '1 hour');
            """)
        try await database.migrate()
        #expect(try await database.rows(Self.look) == ["f|+919876543210", "f|anonymous", "t|103"])
        #expect(try await database.rows("select customer_id from contacts order by contact_id") == ["-", "103"])
    }

    @Test("The upgrade ends a session whose number stands for hidden callers")
    func hiddenCallers() async throws {
        let database = try SchemaDatabase(url: await PostgresServer.makeDatabase())
        for migration in Migration.all.filter({ $0.version < "20261127100000" }) { try await database.execute(migration.sql) }
        try await database.execute(
            """
            insert into contacts (contact_id, phone) values
              ('\(ContractRows.id(1))', '+86282452253'), ('\(ContractRows.id(2))', '+919812345678');
            insert into sessions (contact_id, phone, channel, session_token, status, expires_at) values
              ('\(ContractRows.id(1))', '+86282452253', 'chat', 't1', 'active', now() + interval '1 hour'),
              ('\(ContractRows.id(2))', '+919812345678', 'chat', 't2', 'active', now() + interval '1 hour');
            """)
        try await database.migrate()
        #expect(
            try await database.rows("select status, expires_at <= now() from sessions order by session_token")
                == ["logged_out|t", "active|f"])
    }

    @Test("A placeholder for nobody in an earlier gateway's start or session names no customer")
    func earlierGateway() async throws {
        let database = try await SchemaDatabase.makeCopy()
        func start(_ number: Int, customer: String) async throws -> JSON {
            let contact = #"{"contact_id":"\#(ContractRows.id(number))","phone":"+919876543210","customer_id":"\#(customer)"}"#
            let session = #"{"session_id":"\#(ContractRows.id(10 + number))","channel":"chat","session_token":"t\#(number)"}"#
            return try await database.call(
                .start,
                #"{"version":1,"contact":\#(contact),"session":\#(session),"is_live":false,"idle_seconds":3600,"customer_id":"\#(customer)"}"#
            )
        }
        let first = try await start(1, customer: "Unknown")
        #expect(first["outcome"].string == "created" && first["session"]["customer_named"].bool == false)
        #expect(first["session"]["customer_id"].string == "+919876543210")
        let second = try await start(2, customer: "103")
        #expect(second["outcome"].string == "restored" && second["session"]["customer_id"].string == "103")
        let third = try await start(3, customer: "anonymous")
        #expect(third["outcome"].string == "restored" && third["session"]["customer_id"].string == "103")
    }

    @Test("A row that a team inserts, without the privilege to call functions, records whether its customer was named")
    func ownRows() async throws {
        let database = try await SchemaDatabase.makeCopy()
        // Roles belong to the server, which other tests share.
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
