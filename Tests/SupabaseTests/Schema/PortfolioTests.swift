import JSON
import Supabase
import SwitchboardTesting
import Testing

/// User ids of a portfolio, in the form in which this version and earlier ones send them.
@Suite("User ids of a portfolio in the shared database")
struct PortfolioTests {
    /// An earlier version knows no portfolios, and stores an id only under the account's name.
    private static func earlier(_ account: String, _ id: String = "IN.1") -> [String] { [identity(account, id)] }

    /// This version stores an id under the portfolio and the account's name.
    private static func present(_ account: String, _ id: String = "IN.1") -> [String] {
        [identity("acme", id, others: ["main", "support"]), identity(account, id)]
    }

    private static func identity(_ scope: String, _ id: String, others: [String] = []) -> String {
        let scopes = others.isEmpty ? "" : #","scopes":[\#(others.map { #""\#($0)""# }.joined(separator: ","))]"#
        return #"{"kind":"whatsapp_user_id","scope":"\#(scope)","value":"\#(id)"\#(scopes)"#
    }

    /// The number of people that result from the rows of several gateways, each of which has its own contact for the person. Also checks
    /// that sending everything again changes nothing.
    private static func people(_ gateways: [[String]], phone: String? = nil) async throws -> String? {
        let database = try await SchemaDatabase.makeCopy()
        let batches = gateways.enumerated().map { number, identities in
            ContractRows.batch(
                contacts: [ContractRows.contact(number + 1, phone: phone, made: number - 60)],
                identities: identities.map { #"\#($0),"contact_id":"\#(ContractRows.id(number + 1))"}"# })
        }
        for batch in batches { _ = try await database.call(.ingest, batch) }
        let count = try await database.rows("select count(*) from contacts where merged_into is null")
        for batch in batches { _ = try await database.call(.ingest, batch) }
        #expect(try await database.rows("select count(*) from contacts where merged_into is null") == count)
        #expect(try await database.rows("select value from identities natural join contacts where merged_into is not null") == [])
        return count.first
    }

    @Test("A person stored under an account's name is the portfolio's person, in whichever order both arrive")
    func together() async throws {
        #expect(try await Self.people([Self.earlier("main"), Self.present("support")]) == "1")
        #expect(try await Self.people([Self.present("main"), Self.earlier("main")]) == "1")
        #expect(try await Self.people([Self.earlier("main"), Self.earlier("support"), Self.present("main")]) == "1")
        #expect(try await Self.people([Self.present("main"), Self.present("support")]) == "1")
    }

    @Test("Different ids, and the id of an account outside the portfolio, stay different people")
    func apart() async throws {
        #expect(try await Self.people([Self.earlier("main", "IN.1"), Self.present("main", "IN.2")]) == "2")
        #expect(try await Self.people([Self.earlier("other"), Self.present("main")]) == "2")
        #expect(try await Self.people([Self.present("main", "IN.1"), Self.present("support", "IN.2")], phone: "+919876543210") == "2")
        #expect(try await Self.people([Self.earlier("other", "IN.1"), Self.present("main", "IN.2")], phone: "+919876543210") == "1")
    }

    @Test("If an older gateway's row has no scope, nothing changes for it")
    func old() async throws {
        #expect(try await Self.people([Self.earlier("main"), Self.earlier("main")]) == "1")
        #expect(try await Self.people([Self.earlier("main"), Self.earlier("support")]) == "2")
    }
}
