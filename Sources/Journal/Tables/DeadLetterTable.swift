import Messaging
import SQLiteStore
import Signing

/// The table `dead_letters`, as the writer uses it.
struct DeadLetterTable {
    private let insertStatement: PreparedRowStatement<DeadLetterRow>
    private let countRepetitionStatement: PreparedStatement
    private let settleStatement: PreparedStatement
    private let findStatement: PreparedStatement
    private let deleteStatement: PreparedStatement
    private let sequence: LogSequence

    init(_ db: Database, _ sequence: LogSequence) throws {
        self.sequence = sequence
        insertStatement = try PreparedRowStatement(db, Tables.deadLetters.insert("ON CONFLICT (fingerprint) DO NOTHING"))
        // A letter about an unreadable item stays resolved if the item arrives again; a letter about a row that the database refuses again
        // becomes unresolved.
        countRepetitionStatement = try PreparedStatement(
            db,
            """
            UPDATE dead_letters SET occurrences = occurrences + 1, last_seen_at = ?,
              resolved_at = CASE stage WHEN 'sync' THEN NULL ELSE resolved_at END
            WHERE fingerprint = ?
            """)
        findStatement = try PreparedStatement(
            db,
            "SELECT \(StoredDeadLetter.columns) FROM dead_letters WHERE delivery_id = ? AND stage = 'normalize' AND resolved_at IS NULL")
        deleteStatement = try PreparedStatement(db, "DELETE FROM dead_letters WHERE seq = ?")
        // A new number makes the sync send the letter again. A letter about a refused row was never sent.
        settleStatement = try PreparedStatement(
            db,
            """
            UPDATE dead_letters SET resolved_at = ?, seq = CASE stage WHEN 'normalize' THEN ? ELSE seq END
            WHERE dead_letter_id = ? AND resolved_at IS NULL RETURNING seq
            """)
    }

    /// Stores an item that no adapter could read; false if the same item is stored already.
    func insert(_ unreadable: UnreadableItem, _ item: DeliveredItem, as id: Identifier<DeadLetter>) throws -> Bool {
        try insert(
            DeadLetter(unreadable, item), as: id, fingerprint: Self.fingerprint(of: unreadable, in: item.delivery, ownedBy: item.owner))
    }

    /// Identifies an unreadable item: by adapter, account and record, and by its contact if a session's token authenticated it. The
    /// separators are safe: names and ids contain no slash or line break.
    static func fingerprint(of item: UnreadableItem, in delivery: Delivery, ownedBy owner: ContactID?) -> String {
        let person = owner.map { "/\($0)" } ?? ""
        return fingerprint("\(delivery.adapter)/\(delivery.account)\(person)\n\(item.record)")
    }

    /// The digest of the text that identifies a letter.
    static func fingerprint(_ text: String) -> String { Hex.encode(Digest.sha256(Array(text.utf8))) }

    /// False if a letter with the same fingerprint is stored already; its number of occurrences is then increased.
    func insert(_ letter: DeadLetter, as id: Identifier<DeadLetter>, fingerprint: String) throws -> Bool {
        let row = DeadLetterRow(sequence: sequence.next, id: id, letter: letter, fingerprint: fingerprint)
        let isNew = try insertStatement.run(row) == 1
        if isNew {
            sequence.use()
        } else {
            try countRepetitionStatement.run { row in
                row.instant(letter.createdAt)
                row.text(fingerprint)
            }
        }
        return isNew
    }

    /// The size of a letter in SQL: its contents plus the approximate overhead of SQLite.
    static func bytes(of row: String) -> String { "length(CAST(\(row).record AS BLOB)) + length(CAST(\(row).reason AS BLOB)) + 400" }

    /// Removes the letter with a number; false if there is none, because it was removed or has got another number.
    func remove(_ number: Int64) throws -> Bool { try deleteStatement.run { $0.integer(number) } == 1 }

    /// The unresolved letters about unreadable items of a delivery.
    func unsettled(of delivery: DeliveryID) throws -> [StoredDeadLetter] {
        try findStatement.all({ $0.id(delivery) }) { StoredDeadLetter($0) }.compactMap { $0 }
    }

    /// Marks a letter as resolved; false if it is resolved already, or does not exist.
    func settle(_ id: DeadLetterID, at now: Instant) throws -> Bool {
        let next = sequence.next
        let number = try settleStatement.first({ row in
            row.instant(now)
            row.integer(next)
            row.id(id)
        }) { $0.integer(0) }
        // If the letter keeps its number, the next number remains free for the next row.
        if number == next { sequence.use() }
        return number != nil
    }
}

extension DeadLetter {
    /// Makes the letter of an item that no adapter could read.
    init(_ unreadable: UnreadableItem, _ item: DeliveredItem) {
        self.init(
            stage: .normalize, reason: unreadable.error.reason, detail: unreadable.error.field, deliveryID: item.deliveryID,
            record: unreadable.record, createdAt: item.delivery.receivedAt)
    }
}

/// A new row of `dead_letters`. The columns `occurrences` and `last_seen_at`, which only the journal has, are filled by their defaults.
struct DeadLetterRow {
    var sequence: Int64 = 0
    var id: Identifier<DeadLetter>?
    let letter: DeadLetter
    var fingerprint = ""
}

extension Tables {
    static let deadLetters = Table<DeadLetterRow>(
        "dead_letters",
        [
            .sequence { $0.sequence }, .id("dead_letter_id") { $0.id }, .text("stage") { $0.letter.stage.rawValue },
            .made("reason", .shown) { $0.letter.reason }, .made("detail", .length) { $0.letter.detail },
            .id("delivery_id") { $0.letter.deliveryID }, .madeJSON("record") { $0.letter.record },
            .time("created_at") { $0.letter.createdAt },
            .time("resolved_at") { _ in nil }, .text("fingerprint") { $0.fingerprint },
        ])
}
