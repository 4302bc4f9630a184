import JSON
import Testing

@testable import Supabase

@Suite("Query plans that were made while the tables were empty")
struct EmptyTablePlanTests {
    @Test("A lookup by id stays an index lookup, however large the tables become")
    func identities() async throws {
        let database = try await SchemaDatabase.make()
        // Long ids fill pages, so a scan of a whole scope would read many of them. After five calls a connection keeps its query plan.
        let padding = String(repeating: "x", count: 200)
        for call in 0..<80 {
            let numbers = (0..<20).map { call * 20 + $0 }
            let phone = { (number: Int) in "+9198765\(10_000 + number)" }
            let batch = ContractRows.batch(
                contacts: numbers.map { ContractRows.contact($0, phone: phone($0)) },
                identities: numbers.map { ContractRows.identity("whatsapp_user_id", "IN.\(padding)\($0)", of: $0) },
                sessions: numbers.map { ContractRows.session($0, of: $0, phone: phone($0)) },
                messages: numbers.map { ContractRows.message($0, in: $0, of: $0, external: "wamid.\($0)") })
            #expect(try await database.call(.ingest, batch)["stored"]["messages"].int == 20)
        }
        _ = try await database.rows("select pg_stat_force_next_flush()")
        let blocks = try await database.rows(
            """
            select (b.idx_blks_hit + b.idx_blks_read) / s.idx_scan from pg_stat_user_indexes s
            join pg_statio_user_indexes b using (indexrelid) where s.relname = 'identities' and s.indexrelname = 'identities_pkey'
            """)
        #expect(Int(blocks.first ?? "") ?? .max < 9, "\(blocks) pages a look-up")
    }
}
