import Relay

// What logs, probes and verbs show of a failure. One rule holds for all codes: a message of a database, or of a server in front of it, may
// contain the project's own words about a row. So only these are shown:
//
// 1. Words of this program and of the transport, and a server's message about a connection that it refuses or loses.
// 2. Messages that are known completely (`KnownWords`). Names in them are shown if they are Switchboard's or PostgreSQL's, other names only
//    if the database reports that no function of the project's own was running, and if they look like names. Values are never shown.
// 3. Of all other messages, that they were left out. Not their length: two failures with one reason must be equal, whatever their rows.
//
// If a function of the project's own was running, its name is shown, and nothing of its message.
extension CallFailure {
    private static let leftOut = "(words that may quote the row)"
    private static let hidden = "•••"

    /// The part of the message that may be shown.
    var shownMessage: String { wordsToShow ?? (message.isEmpty ? "" : Self.leftOut) }

    /// Whether the message, or values in it, were left out.
    var mayQuoteRow: Bool { wordsToShow.map { $0 != message } ?? true }

    private var wordsToShow: String? {
        if isOfOurs || isOfTheConnection { return message }
        guard foreignFunction == nil else { return nil }
        return KnownWords.text(message, code: shownCode) { shows($0) ? String($0) : Self.hidden }
    }

    /// The code, if it is one of PostgreSQL, PostgREST or this program; otherwise empty, since an answer may have any text in its place.
    var shownCode: String {
        if isOfOurs || code.wholeMatch(of: #/PGRST[0-9X]{2,3}/#) != nil { return code }
        return SQLState(code)?.isOfKnownClass == true ? code : ""
    }

    /// Details or hint of a known message; nil if they may quote a row, as they do when values are refused.
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

    /// Whether the transport reports the running functions: libpq does, PostgREST does not.
    private var tellsFunctions: Bool { status == nil }

    /// Whether the message comes from this program or its transport.
    private var isOfOurs: Bool { hasOwnWords || status == nil && functions.isEmpty && SQLState(code) == nil && !code.hasPrefix("PGRST") }

    /// Whether a server, or a pooler in front of it, refused or lost a connection, which does not happen inside a function.
    var isOfTheConnection: Bool {
        status == nil && functions.isEmpty && SQLState(code) != nil && ["08", "28", "3D", "53", "57", "XX"].contains(code.prefix(2))
    }

    /// Whether a trigger, rule or policy of the project's own discards rows: `switchboard.refuse_discarded` raises this with their names.
    var discardsRows: Bool { code == "23000" && foreignFunction == nil && KnownWords.values(in: message, code: code) != nil }
}

/// Names that are the same in every project, so that they reveal nothing of a row.
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
    /// A failure read from a dead letter's reason, which is a `description`: `409 23514: new row for relation "messages" violates …`.
    public init(reasonOfLetter reason: String) {
        let match = reason.prefixMatch(of: #/(?:(?<status>[0-9]{3}) )?(?:(?<code>[0-9A-Z]{5}): )?/#)
        self.init(
            .permanent, status: match?.status.flatMap { Int($0) }, code: match?.code.map(String.init) ?? "",
            message: match.map { String(reason[$0.range.upperBound...]) } ?? reason)
    }

    /// The statement that drops the project's own constraint that refused a row of a table in this schema; nil if there is none.
    public func statementOnRefusal(in schema: SchemaName) -> String? {
        RefusingConstraint(self).flatMap { $0.isOurs ? nil : $0.statement(in: schema) }
    }
}

extension String {
    /// Whether it consists of lower-case letters, digits and underscores, with or without a schema, and has no five digits in a row.
    fileprivate var looksLikeName: Bool {
        wholeMatch(of: #/(?:[a-z_][a-z0-9_]{0,62}\.)*[a-z_][a-z0-9_]{0,62}/#) != nil && !contains(#/[0-9]{5}/#)
    }

    /// `keep` of `trigger keep`, as `switchboard.refuse_discarded` names an object that may have discarded a row.
    fileprivate var withoutKind: Substring {
        for kind in ["trigger ", "rule ", "policy "] where hasPrefix(kind) { return dropFirst(kind.count) }
        return self[...]
    }

    /// `character varying(20)` without the size.
    fileprivate var withoutSize: String { replacing(#/\([0-9]{1,5}\)$/#, with: "") }
}

extension SQLState {
    /// Whether the class is PostgreSQL's (Appendix A), PostgREST's, Switchboard's, or the one that SQL reserves for applications.
    fileprivate var isOfKnownClass: Bool { Self.classes.contains(String(code.prefix(2))) }

    private static let classes: Set<String> = [
        "01", "02", "03", "08", "09", "0A", "0B", "0F", "0L", "0P", "0Z", "20", "21", "22", "23", "24", "25", "26", "27", "28", "2B", "2D",
        "2F",
        "34", "38", "39", "3B", "3D", "3F", "40", "42", "44", "45", "53", "54", "55", "57", "58", "72", "F0", "HV", "P0", "XX", "PT", "SB",
    ]
}
