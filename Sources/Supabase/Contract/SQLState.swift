import Relay

/// A SQLSTATE and what it means for a call: PostgreSQL's documentation, Appendix A.
struct SQLState {
    let code: String

    /// Nil for whatever is no SQLSTATE.
    init?(_ code: String) {
        guard code.utf8.count == 5, code.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }) else { return nil }
        self.code = code
    }

    /// Whether a schema, table, column or function is not there, has another type or may not be used: nothing is wrong with the record.
    var isOfTheSchema: Bool { code.hasPrefix("42") || code == "3F000" }

    /// Whether the server itself can stop a statement with it, whatever the statement does: locks, resources, an operator, a full disk.
    var stopsAnyStatement: Bool {
        ["25006", "40001", "40P01", "55P03", "57014"].contains(code) || code.hasPrefix("53") || code.hasPrefix("57P")
    }

    /// Of one class all but the exceptions are alike; what no line names is permanent, since the server gave its reason for this record.
    var disposition: CallFailure.Disposition {
        switch code {
        case "23505": .alreadyThere
        // A missing grant, a wrong setting.
        case "3D000": .pause
        // "Your database can go into read-only mode" when its disk is nearly full (Supabase, Understanding Database and Disk Size, 2026-11-24).
        case "25006": .pause
        case _ where isOfTheSchema: .pause
        // Functions raise these to choose the HTTP status of PostgREST.
        case "PT408", "PT425", "PT429",
            _ where code.hasPrefix("PT5"):
            .retry
        default: dispositionOfClass
        }
    }

    /// How PostgreSQL begins what it says of a row that a policy does not admit.
    static let policyRefusal = "new row violates row-level security policy"

    /// The disposition by code and words: a policy refuses one row, as a check does. Only one of Switchboard's own unique indexes says that a row is stored already. One of the project's
    /// own refuses it, and so does a function that raises this code.
    func disposition(saying message: String) -> CallFailure.Disposition {
        if code == "42501", message.hasPrefix(Self.policyRefusal) { return .permanent }
        return code == "23505" && RefusingConstraint(code: code, message)?.isOurs != true ? .permanent : disposition
    }

    private var dispositionOfClass: CallFailure.Disposition {
        switch code.prefix(2) {
        // Connections, transactions, resources, locks, operators, the system, its settings and its own defects.
        case "08", "25", "40", "53", "55", "57", "58", "F0", "HV", "XX": .retry
        // Who may be whom.
        case "0L", "0P", "28": .pause
        default: .permanent
        }
    }

    /// Whether the commit may have come before the error.
    var isOutcomeUnknown: Bool { code.hasPrefix("08") || code.hasPrefix("57P") || code == "40003" }
}
