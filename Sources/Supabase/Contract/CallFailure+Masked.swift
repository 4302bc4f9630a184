import Relay

// What leaves of a failure, in every log, probe and verb. One rule holds for all codes: whatever a database or a server before it says may be a
// project's own words about a row, so that only these are shown:
//
// 1. Words of ours and of the transport, and what a server says of a connection that it does not give.
// 2. Words that are known as a whole (`KnownWords`). Of the names in them those of Switchboard and PostgreSQL; others only where the database tells
//    that no function of the project's own was running, and where they look like names. Values never.
// 3. Of all else that it was left out. No length: what is compared as one reason must not depend on a row.
//
// Where a function of the project's own was running its name is shown, and nothing that it says.
extension CallFailure {
    private static let leftOut = "(words that may quote the row)"
    private static let hidden = "•••"

    /// The message as it may be shown.
    var shownMessage: String { wordsToShow ?? (message.isEmpty ? "" : Self.leftOut) }

    /// Whether the words were left out, or what they quote.
    var mayQuoteRow: Bool { wordsToShow.map { $0 != message } ?? true }

    private var wordsToShow: String? {
        if isOfOurs || isOfTheConnection { return message }
        guard foreignFunction == nil else { return nil }
        return KnownWords.text(message, code: shownCode) { shows($0) ? String($0) : Self.hidden }
    }

    /// The code, where it is one that PostgreSQL, PostgREST or this program has; empty where not: an answer may have anything in that place.
    var shownCode: String {
        if isOfOurs || code.wholeMatch(of: #/PGRST[0-9X]{2,3}/#) != nil { return code }
        return SQLState(code)?.isOfKnownClass == true ? code : ""
    }

    /// What the database adds to words that are known; nil where it may quote a row, as it does where it refuses values.
    func shown(_ addition: String?) -> String? {
        guard tellsFunctions, let addition, wordsToShow != nil, !["21", "22", "23"].contains(code.prefix(2)) else { return nil }
        return MaskedRecord.masked(addition)
    }

    /// Whether a name that the database quotes may be shown.
    func shows(_ name: some StringProtocol) -> Bool {
        let parts = name.split(separator: ", ").map { part in
            let part = String(part).withoutKind
            let bare = part.first == "\"" && part.last == "\"" ? part.dropFirst().dropLast() : part[...]
            return tellsFunctions ? String(bare).withoutSize : String(bare)
        }
        return !parts.isEmpty
            && parts.allSatisfy { part in
                KnownNames.contains(part, in: schema) || tellsFunctions && foreignFunction == nil && part.looksLikeName
            }
    }

    /// Whether the way to the database names the functions that were running: PostgREST does not.
    private var tellsFunctions: Bool { status == nil }

    /// Whether this program or the transport says so, and no other side.
    private var isOfOurs: Bool { hasOwnWords || status == nil && functions.isEmpty && SQLState(code) == nil && !code.hasPrefix("PGRST") }

    /// Whether a server, or a pooler before it, refuses or loses a connection, which is before and after any function.
    var isOfTheConnection: Bool {
        status == nil && functions.isEmpty && SQLState(code) != nil && ["08", "28", "3D", "53", "57", "XX"].contains(code.prefix(2))
    }

    /// Whether a trigger, a rule or a policy of the project's own left rows out: `switchboard.refuse_discarded` raises it, with their names.
    var discardsRows: Bool { code == "23000" && foreignFunction == nil && KnownWords.values(in: message, code: code) != nil }
}

/// Names that say nothing of a row: they are the same in every project.
private enum KnownNames {
    static func contains(_ name: String, in schema: SchemaName) -> Bool {
        let own = [schema.name, schema.internalName]
        let bare = name.split(separator: ".", omittingEmptySubsequences: false)
        if bare.count == 2, own.contains(String(bare[0])) || bare[0] == "public" { return all.contains(String(bare[1])) }
        return own.contains(name) || all.contains(name)
    }

    private static let all: Set<String> = types.union(SchemaContract.columns.keys).union(SchemaContract.columns.values.flatMap(\.keys))
        .union(SchemaContract.constraints).union(SchemaContract.uniqueIndexes).union(SchemaContract.otherIndexes)
        .union(SchemaContract.functions).union(SchemaContract.roles).union([
            SchemaContract.statusView, "public", "new", "old", "batch", "request",
        ])

    private static let types: Set<String> = [
        "bigint", "boolean", "bytea", "character varying", "date", "double precision", "integer", "inet", "interval", "json", "jsonb",
        "numeric",
        "real", "smallint", "text", "time without time zone", "timestamp with time zone", "timestamp without time zone", "uuid",
    ]
}

extension CallFailure {
    /// A failure as far as a dead letter's reason tells it, which is its `description`: `409 23514: new row for relation "messages" violates …`.
    public init(reasonOfLetter reason: String) {
        let match = reason.prefixMatch(of: #/(?:(?<status>[0-9]{3}) )?(?:(?<code>[0-9A-Z]{5}): )?/#)
        self.init(
            .permanent, status: match?.status.flatMap { Int($0) }, code: match?.code.map(String.init) ?? "",
            message: match.map { String(reason[$0.range.upperBound...]) } ?? reason)
    }

    /// What removes a constraint of the project's own that refused a row of tables in this schema; nil where none did.
    public func statementOnRefusal(in schema: SchemaName) -> String? {
        RefusingConstraint(self).flatMap { $0.isOurs ? nil : $0.statement(in: schema) }
    }
}

extension String {
    /// Small letters, digits and underscores, with a schema or without; no run of digits as in a number.
    fileprivate var looksLikeName: Bool {
        wholeMatch(of: #/(?:[a-z_][a-z0-9_]{0,62}\.)*[a-z_][a-z0-9_]{0,62}/#) != nil && !contains(#/[0-9]{5}/#)
    }

    /// `trigger keep`, as `switchboard.refuse_discarded` names what may have left a row out, without what it is.
    fileprivate var withoutKind: Substring {
        for kind in ["trigger ", "rule ", "policy "] where hasPrefix(kind) { return dropFirst(kind.count) }
        return self[...]
    }

    /// `character varying(20)` without the size.
    fileprivate var withoutSize: String { replacing(#/\([0-9]{1,5}\)$/#, with: "") }
}

extension SQLState {
    /// Whether the class is one of PostgreSQL's (Appendix A), PostgREST's, Switchboard's, or the one that SQL leaves to applications.
    fileprivate var isOfKnownClass: Bool { Self.classes.contains(String(code.prefix(2))) }

    private static let classes: Set<String> = [
        "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B", "2D",
        "2F",
        "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "45", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX", "PT", "SB",
    ]
}
