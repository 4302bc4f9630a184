import Journal
import Messaging
import Supabase

/// Unresolved dead letters, by what has to be done about them.
struct OpenLetters: Sendable, Equatable {
    /// The number that no adapter could read.
    var unread = 0
    /// The number of rows that the database refused.
    var refused = 0
    /// The reasons of the refusals, the most frequent first: SQLSTATE, and the constraint or function.
    var reasons: [String] = []

    /// The schema of the database's tables.
    var schema = SchemaName.public

    /// Enough letters to see the reasons; there may be a million.
    private static let mostRead = 500

    /// Reads the letters of a journal of this program's version.
    init(_ reader: JournalReader, schema: SchemaName) async throws(JournalError) {
        self.schema = schema
        unread = try await reader.deadLetterCount(DeadLetterFilter(stage: .normalize))
        refused = try await reader.deadLetterCount(DeadLetterFilter(stage: .sync))
        let letters = try await reader.deadLetters(DeadLetterFilter(stage: .sync), limit: Self.mostRead)
        let counts = Dictionary(letters.map { ($0.letter.reason, 1) }, uniquingKeysWith: +)
        reasons = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map(\.key)
    }

    /// The letters as counted elsewhere.
    init(unread: Int = 0, refused: Int = 0, reasons: [String] = [], schema: SchemaName = .public) {
        self.schema = schema
        self.unread = unread
        self.refused = refused
        self.reasons = reasons
    }

    private static let check = "journal.dead_letters"

    /// The findings; rows that are missing in the database come first.
    var findings: [Finding] {
        let all = [refusedRows, unreadItems].compactMap(\.self)
        return all.isEmpty ? [Finding(.ok, Self.check, "no dead letter is unresolved")] : all
    }

    private var refusedRows: Finding? {
        guard refused > 0 else { return nil }
        let more = reasons.count > 3 ? "; and \(reasons.count - 3) other reasons" : ""
        let why = reasons.isEmpty ? "" : ": " + reasons.prefix(3).joined(separator: "; ") + more
        let (rows, them) = refused == 1 ? ("row is", "it") : ("rows are", "them")
        let statements = reasons.prefix(3).compactMap { CallFailure(reasonOfLetter: $0).statementOnRefusal(in: schema) }
        let statement = statements.isEmpty ? "" : " (\(statements.joined(separator: " ")))"
        return Finding(
            .fail, Self.check, "\(refused) \(rows) not in the database, which refused \(them)\(why)",
            advice: "drop or change what refuses \(them)\(statement), then run `switchboard dead-letters retry --all --stage sync`; "
                + "`switchboard dead-letters list --stage sync` shows \(them)")
    }

    private var unreadItems: Finding? {
        guard unread > 0 else { return nil }
        return Finding(
            .warn, Self.check, unread == 1 ? "1 unresolved item could not be read" : "\(unread) unresolved items could not be read",
            advice: "`switchboard dead-letters list` shows them (Docs/Operating.md, Dead letters)")
    }
}
