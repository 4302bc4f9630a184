import JSON
import Supabase
import SwitchboardTesting
import Testing

/// An instance merges sessions by what it knows, without having heard of everything that the database knows (`switchboard.merged_rightly`).
@Suite("Sessions that an instance has merged although the database would not")
struct WronglyMergedTests {
    private let phone = "+919876543210"

    @Test("If clients named a customer in each, the younger session ends, and its token shows nothing of the other")
    func twoCustomers() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await ingest(database, 11, of: 1, customer: "101", made: -90)
        let answer = try await ingest(database, 12, of: 1, customer: "102", mergedInto: 11)
        #expect(answer["sessions"][0]["status"].string == "logged_out")
        #expect(try await sessions(database) == ["11|101|active|-", "12|102|logged_out|-"])
        #expect(try await outcome(database, of: 12) == "ended")
    }

    @Test("The same applies if only the database knows the customer of the younger session")
    func storedCustomer() async throws {
        let database = try await SchemaDatabase.makeCopy()
        let other = "+919876500000"
        try await ingest(database, 11, of: 1, customer: "101", made: -90)
        try await ingest(database, 12, of: 2, phone: other, customer: "102")
        try await ingest(database, 12, of: 2, phone: other, mergedInto: 11)
        #expect(try await sessions(database) == ["11|101|active|-", "12|102|logged_out|-"])
        #expect(try await outcome(database, of: 12) == "ended")
    }

    @Test("If the older session had ended before the younger began, the younger one survives")
    func neverMet() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await ingest(database, 11, of: 1, status: "logged_out", made: -3000, seen: -2900, expires: -60)
        try await ingest(database, 12, of: 1, mergedInto: 11)
        #expect(try await sessions(database) == ["11|\(phone)|logged_out|-", "12|\(phone)|active|-"])
        #expect(try await outcome(database, of: 12) == "live")
    }

    @Test("If nothing contradicts the merge, the older session survives")
    func rightly() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await ingest(database, 11, of: 1, customer: "101", made: -90)
        try await ingest(database, 12, of: 1, mergedInto: 11)
        #expect(try await sessions(database) == ["11|101|active|-", "12|\(phone)|merged|\(ContractRows.id(11))"])
        #expect(try await outcome(database, of: 12) == "live")
    }

    @Test("A customer whom a client named in a session counts, even if it is reported after the session's end")
    func namedBeforeTheEnd() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await ingest(database, 12, of: 1, status: "logged_out", expires: -1)
        try await ingest(database, 12, of: 1, customer: "101")
        #expect(try await sessions(database) == ["12|101|logged_out|-"])
    }

    /// Sends an instance's session, merged into another one if given, and returns the answer.
    @discardableResult
    private func ingest(
        _ database: SchemaDatabase, _ session: Int, of contact: Int, phone given: String? = nil, customer: String? = nil,
        status: String = "active", made: Int = -30, seen: Int = -5, expires: Int? = nil, mergedInto older: Int? = nil
    ) async throws -> JSON {
        let phone = given ?? phone
        let metadata = older.map { #"{"merged_into":"\#(ContractRows.id($0))"}"# } ?? "{}"
        let row = ContractRows.session(
            session, of: contact, phone: phone, status: older == nil ? status : "merged", made: made, seen: seen, expires: expires
        )
        .replacing(#""customer_id":"\#(phone)""#, with: #""customer_id":"\#(customer ?? phone)""#)
        .replacing(#""metadata":{}"#, with: #""metadata":\#(metadata)"#)
        let contact = ContractRows.contact(contact, phone: phone, customer: customer, made: -90)
        return try await database.call(.ingest, ContractRows.batch(contacts: [contact], sessions: [row]))
    }

    /// The sessions, each with the last two digits of its id.
    private func sessions(_ database: SchemaDatabase) async throws -> [String] {
        try await database.rows(
            "select right(session_id::text, 2), customer_id, status, metadata->>'merged_into' from sessions order by session_id")
    }

    private func outcome(_ database: SchemaDatabase, of session: Int) async throws -> String? {
        try await database.call(.session, #"{"session_token":"token-\#(session)"}"#)["outcome"].string
    }
}
