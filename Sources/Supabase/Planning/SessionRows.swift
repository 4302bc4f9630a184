/// What is counted of the rows of a table `sessions` made by hand: nothing of a row is read but how many there are of a kind.
struct SessionRows: Sendable, Equatable {
    var total = 0
    /// Active ones beyond the first of each phone.
    var sharing = 0
    /// Those without a token, or with one that another has.
    var withoutToken = 0
    /// Those whose customer is the default that means nobody.
    var nobodys = 0

    /// The question, whose one row `init` reads; nil where there is nothing to upgrade.
    static func query(_ plan: SessionsPlan) -> String? {
        guard plan.isUpgrade else { return nil }
        let nobody = plan.nobody.map { "customer_id::text = ((\($0.preset ?? "null"))::\($0.fullType))::text" } ?? "false"
        let counts = [
            "count(*)", sharing(in: plan.table, where: plan.has("status") ? "lower(status::text) = 'active'" : "true"),
            "count(*) - count(distinct session_token::text) filter (where session_token::text <> '')",
            "count(*) filter (where \(nobody))",
        ]
        return "select \(counts.joined(separator: ", ")) from \(plan.table)"
    }

    private static func sharing(in table: String, where isActive: String) -> String {
        """
        (select coalesce(sum(p.rows - 1), 0) from (
          select count(*) as rows, ltrim(regexp_replace(phone::text, '[^0-9]', '', 'g'), '0') as digits from \(table)
          where \(isActive) group by 2) p where p.digits <> '')
        """
    }

    /// `row` is the answer to the question; nil where it is none.
    init?(_ row: [String?]) {
        let counts = row.map { $0.flatMap { Int($0) } ?? 0 }
        guard counts.count == 4 else { return nil }
        total = counts[0]
        sharing = counts[1]
        withoutToken = counts[2]
        nobodys = counts[3]
    }
}
