import JSON
import Messaging

/// A view through which a role can access rows of Switchboard's tables without their row security.
public struct ExposedView: Sendable, Equatable {
    /// The name with its schema, as used in a statement.
    public var name: String
    public var isMaterialized = false
    /// `anon` or `authenticated`.
    public var role: String
    /// The tables of Switchboard that the view reads.
    public var tables: [String]
    /// Whether it uses `sessions.session_token`.
    public var usesTokens = false
    /// The privileges: `select`, and those to write through the view: `insert`, `update`, `delete`.
    public var privileges: Set<String>
}

extension ExposedView {
    /// Reads the answer of `switchboard.exposed_views`; nil if it is none.
    static func all(in json: JSON) -> [ExposedView]? {
        guard json.kind == .array else { return nil }
        return json.elements.map {
            ExposedView(
                name: $0["view"].string ?? "", isMaterialized: $0["materialized"].bool ?? false, role: $0["role"].string ?? "",
                tables: $0["tables"].elements.compactMap(\.string), usesTokens: $0["token"].bool ?? false,
                privileges: Set($0["privileges"].elements.compactMap(\.string)))
        }
    }
}

/// Reports views that show Switchboard's rows without row security. Supabase grants new views to everybody by default, and a view reads its
/// tables with its owner's permissions unless it has `security_invoker`.
struct ExposedViewRules {
    private let views: [[ExposedView]]
    private static let check = "supabase.views"

    /// Entries of one name are one view that several roles can use.
    init(_ views: [ExposedView]) {
        self.views = Dictionary(grouping: views, by: \.name).sorted { $0.key < $1.key }.map(\.value)
    }

    /// One finding per view, the dangerous ones first.
    var findings: [Finding] {
        let all = views.compactMap(finding)
        guard !all.isEmpty else { return [Finding(.ok, Self.check, "no view shows anon or authenticated rows without row security")] }
        return all.filter { $0.level == .fail } + all.filter { $0.level != .fail }
    }

    private func finding(of view: [ExposedView]) -> Finding? {
        guard let first = view.first else { return nil }
        let (name, roles, tables) = (first.name, view.map(\.role).listed, first.tables.listed)
        let rights = view.reduce(into: Set<String>()) { $0.formUnion($1.privileges) }
        let writing = rights.subtracting(["select"])
        if first.usesTokens {
            return Finding(
                .fail, Self.check,
                "\(name) gives \(roles) the tokens of sessions.session_token without row security: anyone with a token can act as "
                    + "that person",
                advice: advice(on: first, roles, isWritable: !writing.isEmpty))
        }
        guard writing.isEmpty else {
            return Finding(
                .fail, Self.check, "\(name) lets \(roles) \(writing.listed) rows of \(tables) without row security",
                advice: advice(on: first, roles, isWritable: true))
        }
        return Finding(
            .warn, Self.check, "\(name) shows rows of \(tables) to \(roles) without row security: policies do not apply",
            advice: advice(on: first, roles, isWritable: false))
    }

    /// A materialized view stores copies of the rows, which have no row security.
    private func advice(on view: ExposedView, _ roles: String, isWritable: Bool) -> String {
        let revoking = "revoke \(isWritable ? "all" : "select") on \(view.name) from public, \(roles);"
        guard !view.isMaterialized else { return revoking }
        let reading = "let it read with the permissions of its reader, who then needs grants and policies on the tables"
        let securing = "\(reading): alter view \(view.name) set (security_invoker = on); or \(revoking)"
        guard isWritable, !view.usesTokens else { return securing }
        return "let nobody write through it: revoke insert, update, delete on \(view.name) from public, \(roles); then \(securing)"
    }
}
