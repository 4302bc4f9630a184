import Messaging
import SQLiteStore
import Watchdog

/// Something that an operator did, as it is recorded in the table `operator_actions`.
public struct OperatorAction: Sendable, Equatable {
    /// Its place among all actions, from 1.
    public var number: Int64
    /// When it began.
    public var at: Instant
    /// The operator's name in the settings.
    public var `operator`: String
    /// What was done, in words such as `session.end`.
    public var action: String
    /// What it was done to: an id, or the words of a selection.
    public var target: String
    /// How it ended; nil while it runs, and for ever if the gateway ended before it did.
    public var outcome: String?
    /// The address that the request came from; nil if it is not known.
    public var address: String?

    /// An action with all facts about it.
    public init(
        number: Int64 = 0, at: Instant, operator name: String, action: String, target: String, outcome: String? = nil, address: String?
    ) {
        self.number = number
        self.at = at
        self.operator = name
        self.action = action
        self.target = target
        self.outcome = outcome
        self.address = address
    }
}

/// The table `operator_actions`, as the writer uses it.
struct ActionTable {
    private let insertStatement: PreparedStatement
    private let endStatement: PreparedStatement

    init(_ db: Database) throws {
        let sql = "INSERT INTO operator_actions (at, operator, action, target, outcome, address) VALUES (?,?,?,?,?,?) RETURNING number"
        insertStatement = try PreparedStatement(db, sql)
        endStatement = try PreparedStatement(db, "UPDATE operator_actions SET outcome = ? WHERE number = ?")
    }

    /// Inserts an action and returns its number.
    func insert(_ action: OperatorAction) throws -> Int64 {
        var number: Int64 = 0
        try insertStatement.forEach({ row in
            row.instant(action.at)
            row.text(action.operator)
            row.text(action.action)
            row.text(action.target)
            row.text(action.outcome)
            row.text(action.address)
        }) { row in
            number = row.integer(0)
            return true
        }
        return number
    }

    func end(_ number: Int64, _ outcome: String) throws {
        try endStatement.run { row in
            row.text(outcome)
            row.integer(number)
        }
    }
}

extension Journal {
    /// Records that an action begins, durably, and returns its number. If this fails, the action must not be performed.
    public func begin(_ action: OperatorAction) async throws(JournalError) -> Int64 {
        try await write(Work("recording an operator's action")) { try $0.actions.insert(action) }
    }

    /// Records how an action ended, durably. An outcome that is recorded never changes.
    public func end(action number: Int64, outcome: String) async throws(JournalError) {
        try await write(Work("recording an operator's action")) { try $0.actions.end(number, outcome) }
    }
}

extension JournalReader {
    /// The actions of operators, the latest first; with `number`, those before the one with this number.
    public func operatorActions(before number: Int64 = .max, limit: Int) async throws(JournalError) -> [OperatorAction] {
        try await read { db in
            let sql = """
                SELECT number, at, operator, action, target, outcome, address FROM operator_actions
                WHERE number < ? ORDER BY number DESC LIMIT ?
                """
            return try db.statement(sql).all({ values in
                values.integer(number)
                values.integer(Int64(limit))
            }) { row in
                OperatorAction(
                    number: row.integer(0), at: row.instant(1) ?? Instant(milliseconds: 0), operator: row.string(2) ?? "",
                    action: row.string(3) ?? "", target: row.string(4) ?? "", outcome: row.string(5), address: row.string(6))
            }
        }
    }

    /// The number of recorded actions. None is ever deleted, so the last number says it.
    public func operatorActionCount() async throws(JournalError) -> Int {
        try await read { db in Int(try db.statement("SELECT max(number) FROM operator_actions").first { $0.integer(0) } ?? 0) }
    }
}
