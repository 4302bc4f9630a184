import Relay

/// A SQLSTATE and its meaning for a call. Source: PostgreSQL, Appendix A.
struct SQLState {
    let code: String

    /// Nil if the text is not a SQLSTATE.
    init?(_ code: String) {
        guard code.utf8.count == 5, code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }) else { return nil }
        self.code = code
    }

    /// Whether a schema, table, column or function is missing, has another type or may not be used, so that the record is not at fault.
    var isOfTheSchema: Bool { code.hasPrefix("42") || code == "3F000" }

    /// Whether the server can stop any statement with this code: locks, resources, an administrator, a full disk.
    var stopsAnyStatement: Bool {
        ["25006", "40001", "40P01", "55P03", "57014"].contains(code) || code.hasPrefix("53") || code.hasPrefix("57P")
    }

    /// Exceptional codes first, then the classes. Any other code is permanent, since the server gave its reason for this record.
    var disposition: CallFailure.Disposition {
        switch code {
        case "23505": .alreadyThere
        // The database does not exist: the URL in the settings is wrong.
        case "3D000": .pause
        // Supabase makes a database read-only when its disk is nearly full (Understanding Database and Disk Size, 2026-11-24).
        case "25006": .pause
        case _ where isOfTheSchema: .pause
        // A function raises `PT` and three digits to make PostgREST answer with that HTTP status.
        case "PT408", "PT425", "PT429",
            _ where code.hasPrefix("PT5"):
            .retry
        default: dispositionOfClass
        }
    }

    /// The beginning of PostgreSQL's message about a row that a policy refuses.
    static let policyRefusal = "new row violates row-level security policy"

    /// The disposition by code and message. A policy refuses one row, as a check does. For 23505, only a unique index of Switchboard's own
    /// shows that the row is already stored; a unique index of the project's own, or a function that raises this code, refuses the row.
    func disposition(saying message: String) -> CallFailure.Disposition {
        if code == "42501", message.hasPrefix(Self.policyRefusal) { return .permanent }
        return code == "23505" && RefusingConstraint(code: code, message)?.isOurs != true ? .permanent : disposition
    }

    private var dispositionOfClass: CallFailure.Disposition {
        switch code.prefix(2) {
        // Connections, transactions, resources, locks, operators, the system, its settings and its own defects.
        case "08", "25", "40", "53", "55", "57", "58", "F0", "HV", "XX": .retry
        // Roles, permissions and authentication.
        case "0L", "0P", "28": .pause
        default: .permanent
        }
    }

    /// Whether the transaction may have been committed before the error.
    var isOutcomeUnknown: Bool { code.hasPrefix("08") || code.hasPrefix("57P") || code == "40003" }
}
