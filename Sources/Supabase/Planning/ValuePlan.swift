/// The steps for values that the first script converts in a table `sessions` made by hand.
struct ValuePlan {
    private let sessions: SessionsPlan
    private let values: SessionValues

    init?(_ sessions: SessionsPlan) {
        guard let values = sessions.survey.values else { return nil }
        self.sessions = sessions
        self.values = values
    }

    var steps: [MigrationStep] {
        (sessions.isUpgrade ? status + phones + customers + nobodys + missing + metadata + longTokens : []) + tokens
    }

    /// A vocabulary has few words; if there are more, they may be about people and are only counted.
    private static let vocabulary = 20
    private static let shown = 5

    private var status: [MigrationStep] {
        let ended = values.words.filter { $0.text.map { StatusWords.ended.contains($0.lowercased()) } ?? false }
        let others = values.words.filter { !ended.contains($0) }
        var steps: [MigrationStep] = []
        if !ended.isEmpty { steps.append(.change("sessions", "status", "\(listed(ended)) \(verb(ended)) logged_out")) }
        if !others.isEmpty {
            let cutOff = values.cutOff > 0 ? "; \(values.cutOff) of them would not have expired yet" : ""
            steps.append(.change("sessions", "status", "\(listed(others)) \(verb(others)) expired\(cutOff)", mapping))
        }
        if values.withoutStatus > 0 {
            let rows = values.withoutStatus.rows
            let become = values.withoutStatus == 1 ? "becomes" : "become"
            steps.append(.change("sessions", "status", "\(rows) without a status \(become) active, or expired if expires_at has passed"))
        }
        return steps
    }

    private var mapping: String {
        let column = sessions.column("status")
        let before = "if such sessions should continue, translate their words before you migrate"
        guard column?.category == "S" else {
            return "\(before): alter table \(sessions.table) alter column status drop default, alter column status type text "
                + "using case status::text when '…' then 'active' else 'logged_out' end;"
        }
        return "\(before): update \(sessions.table) set status = 'active' where status = '…';"
    }

    /// `3 rows 'open', 1 row 'weird'`.
    private func listed(_ words: [SessionValues.Word]) -> String {
        let named = words.filter { $0.text != nil && values.words.count <= Self.vocabulary }
        return Self.listed(words, naming: named)
    }

    /// The first of `named` with their words; the rest of `words` only counted.
    private static func listed(_ words: [SessionValues.Word], naming named: [SessionValues.Word]) -> String {
        let named = Array(named.prefix(shown))
        let rest = words.reduce(0) { $0 + $1.rows } - named.reduce(0) { $0 + $1.rows }
        let parts = named.map { "\($0.rows.rows) '\($0.text ?? "")'" } + (rest > 0 ? ["\(rest.rows) with other words"] : [])
        return parts.joined(separator: ", ")
    }

    private func verb(_ words: [SessionValues.Word]) -> String { words.reduce(0) { $0 + $1.rows } == 1 ? "becomes" : "become" }

    private var phones: [MigrationStep] {
        let alone = "each session gets its own contact, without a phone"
        return [
            step("phone", values.rewrittenPhones, "the phone becomes its international form (E.164)"),
            contacts,
            step("phone", values.unreadPhones, "the phone is not in international form; it stays as it is, and \(alone)"),
            step("phone", values.withoutPhone, "there is no phone; \(alone)"),
        ].compactMap(\.self)
    }

    private var contacts: MigrationStep? {
        guard values.numbers > 0 else { return nil }
        return .change("sessions", "phone", "\(values.numbers) phone number\(values.numbers == 1 ? " gets its" : "s get their") contact")
    }

    private var customers: [MigrationStep] {
        let message = "customer_id is the phone in another spelling and becomes the phone, or has spaces around it, which are removed"
        return [step("customer_id", values.rewrittenCustomers, message)].compactMap(\.self)
    }

    /// Placeholders for nobody in columns of customers and phones.
    private var nobodys: [MigrationStep] {
        SessionValues.Place.allCases.compactMap { place in
            guard let words = values.nobodys[place] else { return nil }
            let (table, column, message) =
                switch place {
                case .sessionCustomers:
                    (
                        "sessions", "customer_id",
                        "a placeholder that names no customer; it becomes the phone until a client names a customer"
                    )
                case .sessionPhones:
                    (
                        "sessions", "phone",
                        "a placeholder that is not a phone; it becomes null, and each session gets its own contact, without a phone"
                    )
                case .contactCustomers: ("contacts", "customer_id", "a placeholder that names no customer; it becomes null")
                case .contactPhones: ("contacts", "phone", "a placeholder that is not a phone; it becomes null")
                }
            return .change(table, column, "\(Self.listed(words, naming: words.filter { $0.text != nil })): \(message)")
        }
    }

    /// What the first script writes in place of null.
    private static let replacements = [
        ("channel", "'unknown'"), ("created_at", "last_activity, or now"), ("last_activity", "created_at, or now"),
        ("expires_at", "24 hours after last_activity"), ("metadata", "{}"),
    ]

    private var missing: [MigrationStep] {
        Self.replacements.compactMap { step($0.0, values.missing[$0.0] ?? 0, "null becomes \($0.1)") }
            + Self.replacements.compactMap {
                step($0.0, values.unreadableTimes[$0.0] ?? 0, "a time that is infinite or outside the years 1 to 9999 becomes \($0.1)")
            }
    }

    private var metadata: [MigrationStep] {
        [step("metadata", values.otherMetadata, #"a value that is not an object becomes {"value": …}"#)].compactMap(\.self)
    }

    private var longTokens: [MigrationStep] {
        guard values.longTokens > 0 else { return [] }
        let verb = values.longTokens == 1 ? "has" : "have"
        return [
            .obstacle(
                "sessions", "session_token", "\(values.longTokens.rows) \(verb) a token of more than 2600 bytes, which no index accepts",
                "give them new tokens; their clients then have to start again",
                "update \(sessions.table) set session_token = \(SessionValues.newToken) where \(SessionValues.isLongToken);")
        ]
    }

    private var tokens: [MigrationStep] {
        guard values.refusedTokens > 0 else { return [] }
        return [
            .warning(
                "sessions", "session_token",
                UnusableSessions.badTokens(values.refusedTokens),
                "give them new tokens; their clients then have to start again",
                "update \(sessions.table) set session_token = \(SessionValues.newToken) "
                    + "where \(sessions.has("status") ? "lower(status::text) = 'active' and " : "")session_token <> '' "
                    + "and (\(UnusableSessions.hasBadToken));")
        ]
    }

    private func step(_ column: String, _ count: Int, _ message: String) -> MigrationStep? {
        count == 0 ? nil : .change("sessions", column, "\(count.rows): \(message)")
    }
}

extension Int {
    /// `1 row`, `2 rows`.
    var rows: String { "\(self) row\(self == 1 ? "" : "s")" }
}
