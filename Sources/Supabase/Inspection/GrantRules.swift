/// Judges what `anon` and `authenticated` can do. Reading is the project's own matter as long as policies decide which rows are read. All else
/// is a failure, and so is a token that can be read: it lets anybody act as that person.
struct GrantRules {
    private let grants: [SchemaInspection.Grant]
    private let schema: SchemaName
    private let sessionColumns: [String]
    private static let check = "supabase.grants"

    /// `sessionColumns` are those of the table `sessions`.
    init(_ grants: [SchemaInspection.Grant], in schema: SchemaName, sessionColumns: [String]) {
        self.grants = grants
        self.schema = schema
        self.sessionColumns = sessionColumns
    }

    /// What is open beyond that, then tokens that can be read, a line a role, then what can be read otherwise.
    var findings: [Finding] {
        guard !grants.isEmpty else { return [Finding(.ok, Self.check, "no table and no function is open to anon or authenticated")] }
        return [beyondReading].compactMap(\.self) + tokens + [readable].compactMap(\.self)
    }

    private var beyondReading: Finding? {
        let rights = grants.filter { !$0.isReading }
        guard !rights.isEmpty else { return nil }
        return Finding(
            .fail, Self.check, rights.map { "\($0.object) is open to \($0.role)\($0.rights)" }.listed,
            advice: "run `switchboard migrate`, which takes back all but `select` by a policy")
    }

    private var tokens: [Finding] {
        grants.filter(\.showsTokens).map(\.role).sorted().map { role in
            let others = sessionColumns.filter { $0 != "session_token" }.joined(separator: ", ")
            return Finding(
                .fail, Self.check, "\(role) can read sessions.session_token, and whoever has a token acts as that person",
                advice:
                    "revoke select on \(schema).sessions from public, \(role); grant select (\(others)) on \(schema).sessions to \(role);")
        }
    }

    private var readable: Finding? {
        let readable = grants.filter { $0.isReading && !$0.showsTokens }
        guard !readable.isEmpty else { return nil }
        return Finding(
            .warn, Self.check,
            "under row security, without session_token: " + readable.map { "\($0.role) can read \($0.object)" }.listed,
            advice: "nothing where a page of yours reads them by policies (Docs/Supabase.md); else `revoke select on …` from that role")
    }
}

extension SchemaInspection.Grant {
    /// Whether it is of rows that policies decide on, and lets nobody write.
    var isReading: Bool { isSecured && privileges == ["select"] }

    /// ` for delete, insert`; nothing where they are not told.
    fileprivate var rights: String { privileges.isEmpty ? "" : " for \(privileges.listed)" }
}
