import Signing

/// Digests of the bodies of the functions in the last functions script, which reveal dropped and replaced functions.
struct FunctionBodies {
    /// By the function's name with its schema; overloads of one name share an entry.
    let digests: [String: Set<String>]

    /// The digests for tables in this schema.
    init(in schema: SchemaName) {
        digests =
            schema == .public ? Self.ofPublic : Self.digests(in: Migration.all(in: schema).last { $0.isOfFunctions }?.sql ?? "")
    }

    private static let ofPublic = digests(in: Migration.all.last { $0.isOfFunctions }?.sql ?? "")

    /// The SHA-256, in hexadecimal, of each function's body between the dollar quotes, as in `pg_proc.prosrc`.
    static func digests(in script: String) -> [String: Set<String>] {
        let parts = script.replacing("create or replace function ", with: "\u{0}").split(
            separator: "\u{0}", omittingEmptySubsequences: false
        )
        .dropFirst()
        let pairs = parts.compactMap { part -> (String, Set<String>)? in
            let bodies = part.split(separator: "$$", maxSplits: 2, omittingEmptySubsequences: false)
            guard bodies.count == 3, let name = part.firstIndex(of: "(").map({ String(part[..<$0]) }) else { return nil }
            return (name, [Hex.encode(Digest.sha256(Array(bodies[1].utf8)))])
        }
        return Dictionary(pairs) { $0.union($1) }
    }

    /// The missing and the different functions, in alphabetical order; nil if there are none, or the bodies are unknown.
    func differences(from seen: [String: Set<String>]?) -> (missing: [String], others: [String])? {
        guard let seen else { return nil }
        let missing = digests.keys.filter { seen[$0] == nil }.sorted()
        let others = digests.filter { name, digests in seen[name].map { !digests.isSubset(of: $0) } ?? false }.keys.sorted()
        return missing.isEmpty && others.isEmpty ? nil : (missing, others)
    }
}

extension Migration {
    fileprivate var isOfFunctions: Bool { name.hasPrefix("switchboard_functions") }
}
