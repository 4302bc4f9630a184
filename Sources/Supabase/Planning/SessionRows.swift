/// What is counted of the rows of a table `sessions` made by hand: nothing of a row is read but how many there are of a kind.
struct SessionRows: Sendable, Equatable {
    var total = 0
    /// Active ones beyond the first of each phone.
    var sharing = 0
    /// Those without a token, or with one that another has.
    var withoutToken = 0
    /// Those whose customer is the default that means nobody.
    var nobodys = 0
    /// Those whose text cannot become the column's type, by column.
    var unreadable: [String: Int] = [:]
    /// Columns of numbers that would be later than the year 5000 if they counted seconds.
    var inMilliseconds: Set<String> = []

    /// The question, whose one row `init` reads; nil where there is nothing to upgrade.
    static func query(_ plan: SessionsPlan) -> String? {
        guard plan.isUpgrade else { return nil }
        let nobody = plan.nobody.map { "customer_id::text = ((\($0.preset ?? "null"))::\($0.fullType))::text" } ?? "false"
        let counts = [
            "count(*)", sharing(in: plan.table, where: plan.has("status") ? "lower(status::text) = 'active'" : "true"),
            "count(*) - count(distinct session_token::text) filter (where session_token::text <> '')",
            "count(*) filter (where \(nobody))",
        ]
        let unreadable = plan.textsToRead.map { "count(*) filter (where \($0.isUnreadable))" }
        let late = plan.numbersOfTime.map { "count(*) filter (where \($0.name)::numeric > 95617584000)" }
        return "select \((counts + unreadable + late).joined(separator: ", ")) from \(plan.table)"
    }

    private static func sharing(in table: String, where isActive: String) -> String {
        """
        (select coalesce(sum(p.rows - 1), 0) from (
          select count(*) as rows, ltrim(regexp_replace(phone::text, '[^0-9]', '', 'g'), '0') as digits from \(table)
          where \(isActive) group by 2) p where p.digits <> '')
        """
    }

    /// `row` is the answer to the question of the same plan; nil where it is none.
    init?(_ row: [String?], of plan: SessionsPlan) {
        let counts = row.map { $0.flatMap { Int($0) } ?? 0 }
        let texts = plan.textsToRead.map(\.name)
        let numbers = plan.numbersOfTime.map(\.name)
        guard counts.count == 4 + texts.count + numbers.count else { return nil }
        total = counts[0]
        sharing = counts[1]
        withoutToken = counts[2]
        nobodys = counts[3]
        unreadable = Dictionary(zip(texts, counts.dropFirst(4))) { first, _ in first }
        inMilliseconds = Set(zip(numbers, counts.dropFirst(4 + texts.count)).filter { $0.1 > 0 }.map(\.0))
    }
}

/// A column of text that becomes times or JSON.
struct TextToRead {
    let name: String
    /// SQL for the rows whose text certainly is none; PostgreSQL may refuse others still.
    let isUnreadable: String
    /// What takes such a text away.
    let correction: String

    /// Nil where any text will do, or the script converts it.
    init?(_ column: DatabaseSurvey.Column, as type: String, in table: String) {
        name = column.name
        let value: String
        switch type {
        case "timestamp with time zone":
            isUnreadable = #"\#(column.name) !~ '^\s*([0-9]{4,}-[0-9]{1,2}-[0-9]{1,2}|epoch|-?infinity|now)'"#
            value = column.isNotNull ? "'epoch'" : "null"
        case "jsonb":
            let form = #"^\s*(\{\s*("|\}).*\}|\{\}|\[.*\]|".*"|-?[0-9][0-9.eE+-]*|true|false|null)?\s*$"#
            isUnreadable = "\(column.name) !~ '\(form)'"
            value = "jsonb_build_object('value', \(column.name))::text"
        default: return nil
        }
        correction = "update \(table) set \(column.name) = \(value) where \(isUnreadable);"
    }
}
