/// Judges what `anon` and `authenticated` can do. Reading is the project's own matter as long as policies decide which rows are read. All else
/// is a failure, and so is a token that can be read: it lets anybody act as that person.
struct GrantRules {
    private let grants: [SchemaInspection.Grant]
    private let schema: SchemaName
    private let sessionColumns: [String]
    private let unsecured: Set<String>
    private static let check = "supabase.grants"

    /// `sessionColumns` are those of the table `sessions`; `unsecured` are the tables whose row security is off, of which another finding has the
    /// statement that switches it on.
    init(_ grants: [SchemaInspection.Grant], in schema: SchemaName, sessionColumns: [String], unsecured: Set<String> = []) {
        self.grants = grants
        self.schema = schema
        self.sessionColumns = sessionColumns
        self.unsecured = Set(unsecured.map { "table \($0)" })
    }

    /// What is open beyond that, a line each, then tokens that can be read, a line a role, then what can be read otherwise.
    var findings: [Finding] {
        guard !grants.isEmpty else { return [Finding(.ok, Self.check, "no table and no function is open to anon or authenticated")] }
        return tables + functions + tokens + readable
    }

    private var tables: [Finding] {
        grants.filter { !$0.isReading && !$0.isOfFunction && !isReadingOnceSecured($0) }.map { grant in
            // What policies decide on stays, as soon as row security is on.
            let isSecured = grant.isSecured || unsecured.contains(grant.object) && !grant.showsTokens
            let rights = isSecured && !grant.privileges.isEmpty ? grant.privileges.subtracting(["select"]).allListed : "all"
            let token = grant.showsTokens && !grant.isSecured ? ", and shows everybody's session_token" : ""
            return Finding(
                .fail, Self.check, "\(grant.object) is open to \(grant.role)\(grant.rights)\(token)",
                advice: "revoke \(rights) on \(grant.qualifiedName(in: schema)) from public, \(grant.role);")
        }
    }

    /// Whether nothing is wrong with it but that row security is off: what it lets be read is for policies to decide, as for the agents'.
    private func isReadingOnceSecured(_ grant: SchemaInspection.Grant) -> Bool {
        unsecured.contains(grant.object) && grant.privileges == ["select"] && !grant.showsTokens
    }

    /// A line a role: they come together, from a default of the project's.
    private var functions: [Finding] {
        Dictionary(grouping: grants.filter(\.isOfFunction), by: \.role).sorted { $0.key < $1.key }.map { role, grants in
            Finding(
                .fail, Self.check, "\(role) can call \(grants.map(\.object).allListed)",
                advice: "run `switchboard migrate`, which takes it back")
        }
    }

    private var tokens: [Finding] {
        // Where no policy decides, all rights are to be taken away, and none is to be given again.
        grants.filter { $0.showsTokens && $0.isSecured }.map(\.role).sorted().map { role in
            let others = sessionColumns.filter { $0 != "session_token" }.joined(separator: ", ")
            return Finding(
                .fail, Self.check, "\(role) can read sessions.session_token, and whoever has a token acts as that person",
                advice:
                    "revoke select on \(schema).sessions from public, \(role); grant select (\(others)) on \(schema).sessions to \(role);")
        }
    }

    /// A line a role.
    private var readable: [Finding] {
        let readable = grants.filter { $0.isReading && !$0.showsTokens }
        return Dictionary(grouping: readable, by: \.role).sorted { $0.key < $1.key }.map { role, grants in
            Finding(
                .warn, Self.check,
                "\(role) can read, under row security and without session_token: \(grants.map(\.object).allListed)",
                advice: "nothing where a page of yours reads them by policies (Docs/Supabase.md); else "
                    + "revoke select on \(grants.map { $0.qualifiedName(in: schema) }.allListed) from public, \(role);")
        }
    }
}

extension SchemaInspection.Grant {
    /// Whether it is of rows that policies decide on, and lets nobody write.
    var isReading: Bool { isSecured && privileges == ["select"] }

    /// ` for delete, insert`; nothing where they are not told.
    fileprivate var rights: String { privileges.isEmpty ? "" : " for \(privileges.allListed)" }

    fileprivate var isOfFunction: Bool { object.hasPrefix("function ") }

    /// Of a table or a view: `public.sessions`.
    fileprivate func qualifiedName(in schema: SchemaName) -> String { "\(schema).\(object.split(separator: " ").last ?? "")" }
}

extension Sequence<String> {
    /// `a, b`, in alphabetical order.
    fileprivate var allListed: String { sorted().joined(separator: ", ") }
}
