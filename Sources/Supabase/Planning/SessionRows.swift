/// What is counted of the rows of a table `sessions` made by hand: nothing of a row is read but how many there are of a kind.
struct SessionRows: Sendable, Equatable {
    var total = 0
    /// Those without a token, or with one that another has.
    var withoutToken = 0
    /// Those whose customer is the default that means nobody.
    var nobodys = 0

    /// The question, whose one row `init` reads; nil where there is nothing to upgrade.
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

    /// `row` is the answer to the question; nil where it is none.
    init?(_ row: [String?]) {
        let counts = row.map { $0.flatMap { Int($0) } ?? 0 }
        guard counts.count == 3 else { return nil }
        total = counts[0]
        withoutToken = counts[1]
        nobodys = counts[2]
    }
}
