/// The counts of rows in a table `sessions` made by hand; only these numbers are read.
struct SessionRows: Sendable, Equatable {
    var total = 0
    /// Rows without a token, or with a token that another row has.
    var withoutToken = 0
    /// Rows whose customer is the default that means nobody.
    var nobodys = 0

    /// The query, whose single row `init` reads; nil if there is nothing to upgrade.
    static func query(_ plan: SessionsPlan) -> String? {
        guard plan.isUpgrade else { return nil }
        let nobody = plan.nobody.map { "customer_id::text = ((\($0.preset ?? "null"))::\($0.fullType))::text" } ?? "false"
        let counts = [
            "count(*)",
            "count(*) - count(distinct session_token::text) filter (where session_token::text <> '')",
            "count(*) filter (where \(nobody))",
        ]
        return "select \(counts.joined(separator: ", ")) from \(plan.table)"
    }

    /// `row` is the answer to the query; nil if it is none.
    init?(_ row: [String?]) {
        let counts = row.map { $0.flatMap { Int($0) } ?? 0 }
        guard counts.count == 3 else { return nil }
        total = counts[0]
        withoutToken = counts[1]
        nobodys = counts[2]
    }
}
