import JSON
import Testing

@testable import Supabase

@Suite("Plans that were made while the tables were empty")
struct EmptyTablePlanTests {
    @Test("No look-up of somebody new reads more than a row or two, however many there are by then")
    func newPhones() async throws {
        let database = try await SchemaDatabase.make()
        // A connection plans for good after five calls.
        for call in 0..<40 {
            let numbers = (0..<20).map { call * 20 + $0 }
            let phone = { (number: Int) in "+9198765\(10_000 + number)" }
            let batch = ContractRows.batch(
                contacts: numbers.map { ContractRows.contact($0, phone: phone($0)) },
                identities: numbers.map { ContractRows.identity("whatsapp_user_id", "IN.\($0)", of: $0) },
                sessions: numbers.map { ContractRows.session($0, of: $0, phone: phone($0)) },
                messages: numbers.map { ContractRows.message($0, in: $0, of: $0, external: "wamid.\($0)") })
            #expect(try await database.call(.ingest, batch)["stored"]["messages"].int == 20)
        }
        _ = try await database.rows("select pg_stat_force_next_flush()")
        let read = try await database.rows(
            """
            select indexrelname, idx_scan, idx_tup_read from pg_stat_user_indexes
            where schemaname = 'public' and idx_scan > 0 and idx_tup_read > 5 * idx_scan + 100
            """)
        #expect(read == [])
        #expect(try await database.rows("select count(*) from pg_stat_user_indexes where idx_scan > 500") != ["0"])
    }
}
