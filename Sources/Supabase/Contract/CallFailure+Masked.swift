extension CallFailure {
    /// Whether the other side's words may hold what stands in a row: Postgres quotes values in its classes 22 and 23, and a function of the
    /// project's own raises what it likes, under whatever code it likes.
    var mayQuoteRow: Bool {
        guard code.utf8.count == 5, !code.hasPrefix("PGRST") else { return false }
        if foreignFunction != nil { return true }
        return !Self.classesOfTheServer.contains(String(code.prefix(2)))
    }

    /// Classes of SQLSTATE in which the server speaks of connections, privileges, schema and itself (PostgreSQL, Appendix A).
    private static let classesOfTheServer: Set<String> = [
        "08", "0A", "0P", "25", "26", "28", "3D", "3F", "40", "42", "53", "54", "55", "57", "58", "XX",
    ]

    /// The message without values: of words that are not Postgres's own, only how many there are.
    var shownMessage: String {
        guard mayQuoteRow else { return code.utf8.count == 5 ? message.withPlainNames : message }
        switch code.prefix(2) {
        case "22":
            guard let quote = message.firstIndex(of: "\"") else { return message }
            return message[..<quote] + "\"•••\""
        case "23" where discardsRows || Self.ofConstraints.contains(where: message.hasPrefix): return message
        default: return "(words that may quote the row: \(message.utf8.count) bytes)"
        }
    }

    /// The body without phones and tokens; nil where it may quote a row.
    var shownBody: String? { mayQuoteRow || shownMessage != message ? nil : body.map { MaskedRecord.masked($0) } }

    /// Whether a trigger of the project's own left rows out: `switchboard.check_all_there` raises it.
    var discardsRows: Bool { code == "23000" && message.hasPrefix("a trigger on the table ") && message.hasSuffix(" discards rows") }

    /// How Postgres begins what it says of constraints, which names tables, columns and constraints alone.
    private static let ofConstraints = [
        "duplicate key value violates", "null value in column", "new row for relation", "insert or update on table",
        "update or delete on table",
        "conflicting key value violates",
    ]
}

extension String {
    /// Names in quotes stay where they look like names of a schema; a trigger may have made one of what a row says. By REST nobody tells whether a
    /// function of the project's own was running.
    fileprivate var withPlainNames: String {
        replacing(#/"([^"]*)"/#) { match in
            match.1.wholeMatch(of: #/(?:[a-z_][a-z0-9_]{0,62}\.)*[a-z_][a-z0-9_]{0,62}/#) == nil || match.1.contains(#/[0-9]{5}/#)
                ? "\"•••\"" : String(match.0)
        }
    }
}
