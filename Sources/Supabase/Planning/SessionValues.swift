import JSON

/// What the first script makes of the values in a table `sessions` made by hand, counted. Of what is in a row only the words of `status`
/// are read, as far as they look like a vocabulary.
struct SessionValues: Sendable, Equatable {
    /// Rows by their `status`, those of Switchboard's words left out, the most frequent first.
    var words: [Word] = []
    /// Of the rows whose `status` becomes `expired`: those whose `expires_at` is still to come.
    var cutOff = 0
    /// Rows without a `status`.
    var withoutStatus = 0
    /// Rows without a value, by column.
    var missing: [String: Int] = [:]
    /// Rows whose time is infinite, or beyond what every program can read, by column.
    var unreadableTimes: [String: Int] = [:]
    /// Rows whose phone is written otherwise afterwards.
    var rewrittenPhones = 0
    /// Rows whose phone is no number in international form, which stays as it is.
    var unreadPhones = 0
    var withoutPhone = 0
    /// The phone numbers that get a contact.
    var numbers = 0
    /// Rows whose customer is written otherwise afterwards.
    var rewrittenCustomers = 0
    /// Rows whose metadata is no object.
    var otherMetadata = 0
    /// Active rows with a token that Switchboard refuses.
    var refusedTokens = 0

    /// SQL for a token of whoever loses theirs, as the first script makes it: Switchboard's own functions may not be there yet.
    static let newToken = "replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '')"

    struct Word: Sendable, Equatable {
        /// Nil where it does not look like a word of a vocabulary: it may be about a person.
        var text: String?
        var rows: Int
    }

    /// The question, whose one value `init` reads; nil where there is no table that is or becomes Switchboard's.
    static func query(_ plan: SessionsPlan) -> String? {
        guard plan.isUsable else { return nil }
        let counts = plan.isUpgrade ? Self.upgraded(plan) : []
        let tokens = plan.column("session_token")?.category == "S" ? [("refused_tokens", refusedTokens(plan))] : []
        let members = (counts + tokens).map { "'\($0.0)', count(*) filter (where \($0.1))" } + (plan.isUpgrade ? others(plan) : [])
        return "select jsonb_build_object(\(members.joined(separator: ", "))) from \(plan.table) cross join lateral \(phone(plan))"
    }

    /// Conditions by the name of their count.
    private static func upgraded(_ plan: SessionsPlan) -> [(String, String)] {
        var counts = [
            ("rewritten_phones", "phone is not null and number is distinct from phone::text"),
            ("unread_phones", "number is not null and number !~ '\(international)'"), ("without_phone", "number is null"),
        ]
        if plan.has("status") {
            counts.append(("without_status", "status is null"))
            if let expiry = plan.column("expires_at"), expiry.type.hasPrefix("timestamp") {
                let isOwn = expiry.type == "timestamp without time zone"
                let expired = "lower(status::text) not in (\(StatusWords.kept.sqlTexts), \(StatusWords.ended.sqlTexts))"
                counts.append(("cut_off", "\(expired) and expires_at\(isOwn ? " at time zone 'UTC'" : "") > now()"))
            }
        }
        counts += ["channel", "created_at", "last_activity", "expires_at"].filter(plan.has).map { ("missing_\($0)", "\($0) is null") }
        let times = Migration.sessionTimes.compactMap(plan.column).filter { $0.type.hasPrefix("timestamp") && !$0.isInPrimaryKey }
        counts += times.map { ("unreadable_\($0.name)", "\($0.name) not \(UnusableSessions.isReadable)") }
        return counts + metadata(plan) + customers(plan)
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

    /// Who is nobody is told with the default.
    private static func customers(_ plan: SessionsPlan) -> [(String, String)] {
        guard plan.has("customer_id") else { return [] }
        let isSomebody = plan.nobody.map { "customer_id::text <> ((\($0.preset ?? "null"))::\($0.fullType))::text" } ?? "true"
        let isPhone = "ltrim(regexp_replace(customer_id::text, '[[:space:]().-]', '', 'g'), '+0') = ltrim(digits, '+0')"
        let value = "case when \(isPhone) then number else nullif(btrim(customer_id::text), '') end"
        return [("rewritten_customers", "customer_id is not null and \(isSomebody) and \(value) is distinct from customer_id::text")]
    }

    private static func others(_ plan: SessionsPlan) -> [String] {
        let numbers = "'numbers', count(distinct number) filter (where number ~ '\(international)')"
        guard plan.has("status") else { return [numbers] }
        // A vocabulary is short words of letters, or small numbers.
        let word = "case when status::text ~ '^([[:alpha:]][[:alpha:] _-]{0,23}|-?[0-9]{1,3})$' then status::text end"
        return [
            numbers,
            """
            'words', (
              select jsonb_agg(jsonb_build_object('word', w.word, 'rows', w.rows) order by w.rows desc, w.word) from (
                select \(word) as word, count(*) as rows from \(plan.table)
                where status is not null and lower(status::text) not in (\(StatusWords.kept.sqlTexts)) group by 1) w)
            """,
        ]
    }

    /// Of the rows on whose tokens somebody may come: those that are active afterwards.
    private static func refusedTokens(_ plan: SessionsPlan) -> String {
        let isActive = plan.has("status") ? "lower(status::text) = 'active' and " : ""
        return "\(isActive)session_token <> '' and (\(UnusableSessions.hasBadToken))"
    }

    private static let international = #"^\+[1-9][0-9]{5,14}$"#

    /// The phone's digits, and the phone as the first script writes it. That script is never edited.
    private static func phone(_ plan: SessionsPlan) -> String {
        #"""
        (select regexp_replace(regexp_replace(phone::text, '[[:space:]().-]', '', 'g'), '^00', '+') as digits) d
        cross join lateral (
          select case when d.digits ~ '^[1-9][0-9]{10,14}$' then '+' || d.digits when d.digits ~ '\#(international)' then d.digits
            else nullif(btrim(phone::text), '') end as number) p
        """#
    }
}

extension SessionValues {
    /// Nil where it is no answer.
    init?(_ bytes: [UInt8]) {
        guard let json = try? JSON(parsing: bytes), json.kind == .object else { return nil }
        func count(_ name: String) -> Int { json[named: name].int.map { Int($0) } ?? 0 }
        words = json["words"].elements.map { Word(text: $0["word"].string, rows: $0["rows"].int.map { Int($0) } ?? 0) }
        cutOff = count("cut_off")
        withoutStatus = count("without_status")
        let columns = ["channel", "created_at", "last_activity", "expires_at", "metadata"]
        missing = Dictionary(uniqueKeysWithValues: columns.map { ($0, count("missing_\($0)")) }.filter { $0.1 > 0 })
        unreadableTimes = Dictionary(
            uniqueKeysWithValues: Migration.sessionTimes.map { ($0, count("unreadable_\($0)")) }.filter { $0.1 > 0 })
        rewrittenPhones = count("rewritten_phones")
        unreadPhones = count("unread_phones")
        withoutPhone = count("without_phone")
        numbers = count("numbers")
        rewrittenCustomers = count("rewritten_customers")
        otherMetadata = count("other_metadata")
        refusedTokens = count("refused_tokens")
    }
}

/// What the first script makes of the words of `status`, read from it: any other becomes `expired`.
enum StatusWords {
    /// Switchboard's own.
    static let kept = words(before: "lower(t.status)")
    /// Those that become `logged_out`.
    static let ended = words(before: "'logged_out'")

    private static func words(before result: String) -> [String] {
        let matches = (Migration.all.first?.sql ?? "").matches(of: #/when lower\(t\.status\) in \(([^)]*)\) then (\S+)/#)
        return matches.first { $0.2 == result }?.1.split(separator: ",").map { String($0.replacing(#/[ ']/#, with: "")) } ?? []
    }
}

extension [String] {
    /// As a list of SQL.
    fileprivate var sqlTexts: String { map { "'\($0)'" }.joined(separator: ", ") }
}
