import CPostgres

extension PostgresError {
    /// The server's or libpq's error for a query.
    init(_ result: OpaquePointer) {
        let state = result.field(SWITCHBOARD_PG_SQLSTATE)
        guard let state else {
            self.init(.lost, message: String(cString: PQresultErrorMessage(result)).oneLine, isOutcomeUnknown: true)
            return
        }
        self.init(
            .server, sqlState: state, message: result.field(SWITCHBOARD_PG_MESSAGE) ?? "", detail: result.field(SWITCHBOARD_PG_DETAIL),
            hint: result.field(SWITCHBOARD_PG_HINT), functions: result.field(SWITCHBOARD_PG_CONTEXT)?.runningFunctions ?? [],
            // The server was shut down or lost a connection of its own, perhaps after the commit.
            isOutcomeUnknown: state.hasPrefix("57P") || state.hasPrefix("08"))
    }

    /// Why connecting failed. The SQLSTATE is only in the text, `FATAL:  28P01: password authentication failed`, once per address.
    init(refusalOf handle: OpaquePointer, _ target: ConnectionTarget) {
        let lines = target.message(of: handle).split(separator: "\n").filter { !$0.hasPrefix("LOCATION:") }
        let text = lines.joined(separator: "\n").oneLine
        guard let match = text.matches(of: #/:  ([0-9A-Z]{5}): /#).last else {
            let needsPassword = PQconnectionNeedsPassword(handle) == 1
            self.init(
                needsPassword ? .server : .unreachable, sqlState: needsPassword ? "28P01" : nil, message: text,
                isOfConnecting: needsPassword)
            return
        }
        self.init(
            .server, sqlState: String(match.output.1), message: text.replacing(#/:  [0-9A-Z]{5}: /#, with: ": "),
            isOfConnecting: true)
    }
}

extension String {
    /// libpq's messages end with a line break; some have several lines, the later ones beginning with a tab.
    var oneLine: String { split(whereSeparator: \.isNewline).map { String($0.drop(while: \.isWhitespace)) }.joined(separator: "; ") }
}

extension String {
    /// The functions in an error's context: `PL/pgSQL function public.log_session() line 3 at SQL statement` names one. Other lines quote
    /// statements, which may contain values.
    var runningFunctions: [String] {
        split(whereSeparator: \.isNewline).prefix(100).compactMap {
            $0.prefixMatch(of: #/PL/pgSQL function (.{1,200}?\)) (?:line|during|while) /#).map { String($0.output.1) }
        }
    }
}

extension OpaquePointer {
    /// A field of an error result.
    fileprivate func field(_ code: Int32) -> String? { PQresultErrorField(self, code).map { String(cString: $0) } }
}

extension PostgresRows {
    /// Copies the rows from libpq's result.
    init(_ result: OpaquePointer) {
        let columns = 0..<PQnfields(result)
        self.init(
            columns: columns.map { PQfname(result, $0).map { String(cString: $0) } ?? "" },
            rows: (0..<PQntuples(result)).map { row in columns.map { result.value(row, $0) } },
            affected: Int(String(cString: PQcmdTuples(result))) ?? 0)
    }
}

extension OpaquePointer {
    fileprivate func value(_ row: Int32, _ column: Int32) -> String? {
        guard PQgetisnull(self, row, column) == 0, let start = PQgetvalue(self, row, column) else { return nil }
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(self, row, column)))
        return String(decoding: bytes, as: UTF8.self)
    }
}
