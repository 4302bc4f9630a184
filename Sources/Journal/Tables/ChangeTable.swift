import Messaging
import SQLiteStore

/// The table `changes`, as the writer uses it: the contacts and sessions that the sync must send again.
final class ChangeTable {
    private let insertStatement: PreparedStatement
    private let pendingStatement: PreparedStatement
    private let sequence: LogSequence
    private var marked: Set<Mark> = []
    private var now = Instant(milliseconds: 0)
    private var isSilent = false

    private struct Mark: Hashable {
        let contact: ContactID
        let session: SessionID?
    }

    init(_ db: Database, _ sequence: LogSequence) throws {
        insertStatement = try PreparedStatement(db, "INSERT INTO changes (seq, contact_id, session_id, changed_at) VALUES (?,?,?,?)")
        pendingStatement = try PreparedStatement(
            db,
            """
            SELECT 1 FROM changes
            WHERE seq > coalesce((SELECT max(seq) FROM sync_positions), 0) AND contact_id = ? AND session_id IS NULL LIMIT 1
            """)
        self.sequence = sequence
    }

    /// Begins a transaction, in which each contact and session is marked at most once.
    func begin(at now: Instant) {
        marked.removeAll(keepingCapacity: true)
        self.now = now
    }

    /// Marks a contact and its identities as changed, or, with `session`, that session.
    func mark(_ contact: ContactID, session: SessionID? = nil) throws {
        guard !isSilent, marked.insert(Mark(contact: contact, session: session)).inserted else { return }
        try insertStatement.run { row in
            row.integer(sequence.next)
            row.id(contact)
            row.id(session)
            row.instant(now)
        }
        sequence.use()
    }

    /// Whether the database does not have the latest state of a contact yet.
    func isPending(_ contact: ContactID) throws -> Bool { try pendingStatement.first({ $0.id(contact) }) { _ in true } ?? false }

    /// Runs `body` without marking its changes, because they come from the database.
    func silently<Value>(_ body: () throws -> Value) rethrows -> Value { try marking(false, body) }

    /// Runs `body` with marking of its changes, even within `silently`.
    func aloud<Value>(_ body: () throws -> Value) rethrows -> Value { try marking(true, body) }

    private func marking<Value>(_ isLoud: Bool, _ body: () throws -> Value) rethrows -> Value {
        let before = isSilent
        isSilent = !isLoud
        defer { isSilent = before }
        return try body()
    }
}
