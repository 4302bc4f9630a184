import JSON

/// The counts of values that the first script converts in a table `sessions` made by hand. Of the rows' contents, only words of `status`
/// are read, and only if they look like a vocabulary.
struct SessionValues: Sendable, Equatable {
    /// Rows by their `status`, without Switchboard's words, the most frequent first.
    var words: [Word] = []
    /// Rows whose `status` becomes `expired` although their `expires_at` is in the future.
    var cutOff = 0
    /// Rows without a `status`.
    var withoutStatus = 0
    /// Rows without a value, by column.
    var missing: [String: Int] = [:]
    /// Rows with a time that is infinite, or that not every program can read, by column.
    var unreadableTimes: [String: Int] = [:]
    /// Rows whose phone is converted.
    var rewrittenPhones = 0
    /// Rows whose phone is not a number in international form, and stays as it is.
    var unreadPhones = 0
    var withoutPhone = 0
    /// Active rows beyond the first of each phone.
    var sharing = 0
    /// Phone numbers that get a contact.
    var numbers = 0
    /// Rows whose customer is converted.
    var rewrittenCustomers = 0
    /// Rows whose customer or phone is a placeholder for nobody, by the placeholder.
    var nobodys: [Place: [Word]] = [:]
    /// Rows whose metadata is not an object.
    var otherMetadata = 0
    /// Rows with a token that is too long for an index.
    var longTokens = 0
    /// SQL that detects such a token. An index accepts 2704 bytes, including those that are stored with a value.
    static let isLongToken = "octet_length(session_token::text) > 2600"
    /// Active rows with a token that Switchboard refuses.
    var refusedTokens = 0

    /// SQL for the token of a row that loses its own, as in the first script: Switchboard's functions may not exist yet.
    static let newToken = "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"

    /// The column of a customer or a phone.
    enum Place: String, CaseIterable {
        case sessionCustomers, sessionPhones, contactCustomers, contactPhones
    }

    struct Word: Sendable, Equatable {
        /// Nil if it does not look like a word of a vocabulary, and may therefore be about a person.
        var text: String?
        var rows: Int
    }

    /// A script that changes nothing; `init` reads the single value of its last statement. Nil if no table is or becomes Switchboard's.
    static func script(_ plan: SessionsPlan) -> String? {
        guard plan.isUsable else { return nil }
        let counts = plan.isUpgrade ? Self.upgraded(plan) : []
        let tokens = plan.column("session_token")?.category == "S" ? [("refused_tokens", refusedTokens(plan))] : []
        let members = (counts + tokens).map { "'\($0.0)', count(*) filter (where \($0.1))" } + (plan.isUpgrade ? others(plan) : [])
        let object = "select jsonb_build_object(\(members.joined(separator: ", "))) from \(plan.table)"
        guard plan.isUpgrade else { return "\(object);" }
        let query = "\(object) cross join lateral \(phone)"
        return """
            \(NobodyRule.function)
            select pg_catalog.set_config('switchboard.values', (\(query))::text, true);
            \(NobodyRule.removal)
            select pg_catalog.current_setting('switchboard.values');
            """
    }

    /// The conditions by the name of their count.
    private static func upgraded(_ plan: SessionsPlan) -> [(String, String)] {
        var counts = [
            ("rewritten_phones", "phone is not null and not is_nobodys and number is distinct from phone::text"),
            ("unread_phones", "not is_nobodys and number is not null and number !~ '\(international)'"),
            ("without_phone", "number is null"),
        ]
        if plan.has("status") {
            counts.append(("without_status", "status is null"))
            if let expiry = plan.column("expires_at"), expiry.type.hasPrefix("timestamp") {
                let isOwn = expiry.type == "timestamp without time zone"
                let expired = "lower(status::text) not in (\(StatusWords.kept.sqlTexts), \(StatusWords.ended.sqlTexts))"
                counts.append(("cut_off", "\(expired) and expires_at\(isOwn ? " at time zone 'UTC'" : "") > now()"))
            }
        }
        if !plan.has("status") { counts.append(("without_status", "true")) }
        counts += ["channel", "created_at", "last_activity", "expires_at"].filter(plan.has).map { ("missing_\($0)", "\($0) is null") }
        let times = Migration.sessionTimes.compactMap(plan.column).filter { $0.type.hasPrefix("timestamp") && !$0.isInPrimaryKey }
        counts += times.map { ("unreadable_\($0.name)", "\($0.name) not \(UnusableSessions.isReadable)") }
        return counts + metadata(plan) + customers(plan) + [("long_tokens", isLongToken)]
    }

    private static func metadata(_ plan: SessionsPlan) -> [(String, String)] {
        switch plan.column("metadata") {
        case let column? where column.category == "S":
            [
                ("missing_metadata", "coalesce(btrim(metadata), '') = ''"),
                ("other_metadata", #"btrim(metadata) <> '' and metadata !~ '^\s*\{'"#),
            ]
        case let column? where ["json", "jsonb"].contains(column.type):
            [("missing_metadata", "metadata is null"), ("other_metadata", "jsonb_typeof(metadata::jsonb) <> 'object'")]
        default: []
        }
    }

    /// Placeholders for nobody are counted separately.
    private static func customers(_ plan: SessionsPlan) -> [(String, String)] {
        guard plan.has("customer_id") else { return [] }
        let isSomebody = "\(isNoPreset(plan)) and not (\(NobodyRule.isNobody("customer_id::text")))"
        let isPhone = "ltrim(regexp_replace(customer_id::text, '[[:space:]().-]', '', 'g'), '+0') = ltrim(digits, '+0')"
        let value = "case when \(isPhone) then number else nullif(btrim(customer_id::text), '') end"
        return [("rewritten_customers", "customer_id is not null and \(isSomebody) and \(value) is distinct from customer_id::text")]
    }

    /// Excludes a default that means nobody, which has a step of its own in the plan.
    private static func isNoPreset(_ plan: SessionsPlan) -> String {
        plan.nobody.map { "customer_id::text <> ((\($0.preset ?? "null"))::\($0.fullType))::text" } ?? "true"
    }

    /// Placeholders for nobody with their numbers of rows. A placeholder in a longer text, such as an address, is only counted: the rest of
    /// the text may be about a person.
    private static func nobodys(_ plan: SessionsPlan) -> [String] {
        let contacts = TablePlan(plan.survey, "contacts").isUsable ? "\(plan.survey.schemaName).contacts" : nil
        return Place.allCases.compactMap { place in
            let (table, column, condition): (String?, String, String) =
                switch place {
                case .sessionCustomers:
                    (
                        plan.has("customer_id") ? plan.table : nil, "customer_id",
                        "\(isNoPreset(plan)) and \(NobodyRule.isNobody("customer_id::text"))"
                    )
                case .sessionPhones: (plan.table, "phone", "btrim(phone::text) <> '' and \(NobodyRule.isNobodys(phone: "phone::text"))")
                case .contactCustomers: (contacts, "customer_id", NobodyRule.isNobody("customer_id::text"))
                case .contactPhones: (contacts, "phone", NobodyRule.isNobodys(phone: "phone::text"))
                }
            guard let table else { return nil }
            let word = "case when \(column)::text ~ '^[^:;?@<>]{0,24}$' then btrim(\(column)::text) end"
            return counted(word, in: table, where: "\(column) is not null and \(condition)", as: place.rawValue)
        }
    }

    private static func sharing(_ plan: SessionsPlan) -> String {
        let isActive = plan.has("status") ? "lower(status::text) = 'active'" : "true"
        return """
            'sharing', (
              select coalesce(sum(r.rows - 1), 0) from (
                select count(*) as rows, ltrim(regexp_replace(phone::text, '[^0-9]', '', 'g'), '0') as digits
                from \(plan.table) cross join lateral \(phone) where \(isActive) and not is_nobodys group by 2) r where r.digits <> '')
            """
    }

    /// SQL of a member that `init` reads: each word with its number of rows, the most frequent first.
    private static func counted(_ word: String, in table: String, where condition: String, as name: String) -> String {
        """
        '\(name)', (
          select jsonb_agg(jsonb_build_object('word', w.word, 'rows', w.rows) order by w.rows desc, w.word) from (
            select \(word) as word, count(*) as rows from \(table) where \(condition) group by 1) w)
        """
    }

    private static func others(_ plan: SessionsPlan) -> [String] {
        let numbers =
            ["'numbers', count(distinct number) filter (where not is_nobodys and number ~ '\(international)')", sharing(plan)]
            + nobodys(plan)
        guard plan.has("status") else { return numbers }
        // Only short words of letters, or small numbers, can be a vocabulary.
        let word = "case when status::text ~ '^([[:alpha:]][[:alpha:] _-]{0,23}|-?[0-9]{1,3})$' then status::text end"
        let isOther = "status is not null and lower(status::text) not in (\(StatusWords.kept.sqlTexts))"
        return numbers + [counted(word, in: plan.table, where: isOther, as: "words")]
    }

    /// Only rows that remain active, since clients may still use their tokens.
    private static func refusedTokens(_ plan: SessionsPlan) -> String {
        let isActive = plan.has("status") ? "lower(status::text) = 'active' and " : ""
        return "\(isActive)session_token <> '' and (\(UnusableSessions.hasBadToken))"
    }

    private static let international = #"^\+[1-9][0-9]{5,14}$"#

    /// The phone's digits, the phone as the first script writes it, and whether it is nobody's. That script is never edited.
    private static let phone = #"""
        (select regexp_replace(regexp_replace(phone::text, '[[:space:]().-]', '', 'g'), '^00', '+') as digits) d
        cross join lateral (
          select case when d.digits ~ '^[1-9][0-9]{10,14}$' then '+' || d.digits when d.digits ~ '\#(international)' then d.digits
            else nullif(btrim(phone::text), '') end as number) p
        cross join lateral (select coalesce(number is not null and \#(NobodyRule.isNobodys(phone: "phone::text")), false) as is_nobodys) n
        """#
}

extension SessionValues {
    /// Nil if it is not such an answer.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json.kind == .object else { return nil }
        func count(_ name: String) -> Int { json[named: name].int.map { Int($0) } ?? 0 }
        func words(_ name: String) -> [Word] {
            json[named: name].elements.map { Word(text: $0["word"].string, rows: $0["rows"].int.map { Int($0) } ?? 0) }
        }
        self.words = words("words")
        nobodys = Dictionary(uniqueKeysWithValues: Place.allCases.map { ($0, words($0.rawValue)) }.filter { !$0.1.isEmpty })
        cutOff = count("cut_off")
        withoutStatus = count("without_status")
        let columns = ["channel", "created_at", "last_activity", "expires_at", "metadata"]
        missing = Dictionary(uniqueKeysWithValues: columns.map { ($0, count("missing_\($0)")) }.filter { $0.1 > 0 })
        unreadableTimes = Dictionary(
            uniqueKeysWithValues: Migration.sessionTimes.map { ($0, count("unreadable_\($0)")) }.filter { $0.1 > 0 })
        rewrittenPhones = count("rewritten_phones")
        unreadPhones = count("unread_phones")
        withoutPhone = count("without_phone")
        sharing = count("sharing")
        numbers = count("numbers")
        rewrittenCustomers = count("rewritten_customers")
        otherMetadata = count("other_metadata")
        longTokens = count("long_tokens")
        refusedTokens = count("refused_tokens")
    }
}

/// The words of `status` that the first script recognizes, read from its text: any other word becomes `expired`.
enum StatusWords {
    /// Switchboard's own words.
    static let kept = words(before: "lower(t.status)")
    /// The words that become `logged_out`.
    static let ended = words(before: "'logged_out'")

    private static func words(before result: String) -> [String] {
        let matches = (Migration.all.first?.sql ?? "").matches(of: #/when lower\(t\.status\) in \(([^)]*)\) then (\S+)/#)
        return matches.first { $0.2 == result }?.1.split(separator: ",").map { String($0.replacing(#/[ ']/#, with: "")) } ?? []
    }
}

extension [String] {
    /// The texts as an SQL list.
    fileprivate var sqlTexts: String { map { "'\($0)'" }.joined(separator: ", ") }
}
