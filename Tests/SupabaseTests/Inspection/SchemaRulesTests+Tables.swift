import Messaging
import Testing

@testable import Supabase

// Tables and columns that differ from the migrations', and tables of other programs.
extension SchemaRulesTests {
    @Test("Another program's table is a single finding that advises to leave it, whatever else it lacks")
    func stranger() {
        var seen = Self.good
        seen.columns.removeAll { $0.table == "contacts" }
        seen.columns += ["id", "full_name"].map { .init(table: "contacts", name: $0, type: "text", isDemanding: true) }
        seen.rowSecurity?["contacts"] = false
        seen.indexes?.subtract(["contacts_phone_key", "contacts_merged_into_idx"])
        seen.openGrants = [.init(object: "table contacts", role: "anon", privileges: ["select", "insert"])]
        seen.denied = ["table contacts"]
        let wrong = SchemaRules(seen).findings.filter { $0.level != .ok }
        #expect(wrong.map(\.check) == ["supabase.tables"] && wrong[0].message.hasPrefix("contacts is not Switchboard's"), "\(wrong)")
        #expect(wrong[0].advice?.contains("migrate --dry-run") == true && wrong[0].advice?.contains("alter table") == false)
    }

    @Test("As long as a table is another program's, the first advice is not to run migrate")
    func strangerFirst() {
        var seen = Self.good
        seen.version = nil
        seen.columns = [.init(table: "contacts", name: "id", type: "text")]
        let advice = SchemaRules(seen).findings.filter { $0.level == .fail }.compactMap(\.advice)
        #expect(advice.count > 2 && !advice.contains("run `switchboard migrate`"), "\(advice)")
    }

    @Test("As long as a table is another program's, the advice about a column of sessions is to fix that table first")
    func strangerBeforeTypes() {
        var seen = Self.good
        seen.columns.removeAll { $0.table == "contacts" || $0.table == "sessions" && $0.name == "customer_id" }
        seen.columns += [.init(table: "contacts", name: "id", type: "text"), .init(table: "sessions", name: "customer_id", type: "bigint")]
        let advice = SchemaRules(seen).findings.first { $0.message.hasPrefix("sessions.customer_id is bigint") }?.advice
        #expect(advice == "fix the tables that are reported above, then run `switchboard migrate`")
    }

    @Test("A table of Switchboard's that lacks a column which no migration adds gets the same statement as in migrate")
    func damaged() {
        var seen = Self.good
        seen.columns.removeAll { $0.table == "contacts" && $0.name == "display_name" }
        let wrong = SchemaRules(seen).findings.filter { $0.level != .ok }
        #expect(wrong.map(\.check) == ["supabase.tables"] && wrong[0].message.hasPrefix("contacts lacks display_name"), "\(wrong)")
        #expect(wrong[0].advice?.contains("alter table public.contacts add column display_name text") == true)
        #expect(wrong[0].advice?.contains("switchboard migrate") == false)
    }

    @Test("A column of the project's own that may be omitted causes no finding")
    func ownColumn() {
        var seen = Self.good
        seen.columns.append(.init(table: "sessions", name: "shop", type: "integer"))
        #expect(SchemaRules(seen).findings.allSatisfy { $0.level == .ok })
    }
}
