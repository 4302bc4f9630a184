import Messaging

/// Reports the privileges of `anon` and `authenticated`. Read access is the project's own decision as long as policies select the rows. All
/// other access is a failure, as is access to a token, with which anybody can act as that person.
struct GrantRules {
    private let grants: [SchemaInspection.Grant]
    private let schema: SchemaName
    private let sessionColumns: [String]
    private let unsecured: Set<String>
    private static let check = "supabase.grants"

    /// `sessionColumns` are the columns of `sessions`; `unsecured` are the tables without row security, for which another finding has the
    /// statement that enables it.
    init(_ grants: [SchemaInspection.Grant], in schema: SchemaName, sessionColumns: [String], unsecured: Set<String> = []) {
        self.grants = grants
        self.schema = schema
        self.sessionColumns = sessionColumns
        self.unsecured = Set(unsecured.map { "table \($0)" })
    }

    /// First all other access, one finding per object; then access to tokens, per role; then read access.
    var findings: [Finding] {
        guard !grants.isEmpty else { return [Finding(.ok, Self.check, "no table and no function is open to anon or authenticated")] }
        return tables + functions + tokens + readable
    }

    private var tables: [Finding] {
        grants.filter { !$0.isReading && !$0.isOfFunction && !isReadingOnceSecured($0) }.map { grant in
            // A `select` that policies restrict stays, also if row security has yet to be enabled.
            let isSecured = grant.isSecured || unsecured.contains(grant.object) && !grant.showsTokens
            let rights = isSecured && !grant.privileges.isEmpty ? grant.privileges.subtracting(["select"]).allListed : "all"
            let token = grant.showsTokens && !grant.isSecured ? ", and shows everybody's session_token" : ""
            return Finding(
                .fail, Self.check, "\(grant.object) is open to \(grant.role)\(grant.rights)\(token)",
                advice: "revoke \(rights) on \(grant.qualifiedName(in: schema)) from public, \(grant.role);")
        }
    }

    /// Whether the only fault is that row security is off: policies then restrict what may be read, as for the agents' access.
    private func isReadingOnceSecured(_ grant: SchemaInspection.Grant) -> Bool {
        unsecured.contains(grant.object) && grant.privileges == ["select"] && !grant.showsTokens
    }

    /// One finding per role: such grants come together, from the project's default privileges.
    private var functions: [Finding] {
        Dictionary(grouping: grants.filter(\.isOfFunction), by: \.role).sorted { $0.key < $1.key }.map { role, grants in
            Finding(
                .fail, Self.check, "\(role) can call \(grants.map(\.object).allListed)",
                advice: "run `switchboard migrate`, which revokes this")
        }
    }

    private var tokens: [Finding] {
        // Without a policy all privileges are revoked, and none is granted again.
        grants.filter { $0.showsTokens && $0.isSecured }.map(\.role).sorted().map { role in
            let others = sessionColumns.filter { $0 != "session_token" }.joined(separator: ", ")
            return Finding(
                .fail, Self.check, "\(role) can read sessions.session_token: anyone with a token can act as that person",
                advice:
                    "revoke select on \(schema).sessions from public, \(role); grant select (\(others)) on \(schema).sessions to \(role);")
        }
    }

    /// One finding per role.
    private var readable: [Finding] {
        let readable = grants.filter { $0.isReading && !$0.showsTokens }
        return Dictionary(grouping: readable, by: \.role).sorted { $0.key < $1.key }.map { role, grants in
            Finding(
                .warn, Self.check,
                "\(role) can read, under row security and without session_token: \(grants.map(\.object).allListed)",
                advice: "nothing to do if one of your pages reads them by policies (Docs/Supabase.md); otherwise "
                    + "revoke select on \(grants.map { $0.qualifiedName(in: schema) }.allListed) from public, \(role);")
        }
    }
}

extension SchemaInspection.Grant {
    /// Whether it allows only reading, of rows that policies select.
    var isReading: Bool { isSecured && privileges == ["select"] }

    /// ` for delete, insert`; empty if the privileges are unknown.
    fileprivate var rights: String { privileges.isEmpty ? "" : " for \(privileges.allListed)" }

    fileprivate var isOfFunction: Bool { object.hasPrefix("function ") }

    /// The name of a table or view: `public.sessions`.
    fileprivate func qualifiedName(in schema: SchemaName) -> String { "\(schema).\(object.split(separator: " ").last ?? "")" }
}

extension Sequence<String> {
    /// `a, b`, in alphabetical order.
    fileprivate var allListed: String { sorted().joined(separator: ", ") }
}
