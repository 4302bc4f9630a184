import Messaging
import SQLiteStore

extension Journal {
    /// The rows after a position, at most `limit` rows and about `byteLimit` bytes.
    public func outbox(after position: Int64, limit: Int, byteLimit: Int = 8 << 20) async throws(JournalError) -> OutboxPage {
        try await reader.outbox(after: position, limit: limit, byteLimit: byteLimit, portfolios: portfolios.value)
    }

    /// Records that the database that the settings call `target` has everything up to `position`.
    public func advance(_ target: String, to position: Int64) async throws(JournalError) {
        let now = now()
        try await write { try $0.positions.advance(target, to: position, at: now) }
    }

    /// Keeps a row that the database refused permanently. The same record is kept once.
    public func keep(_ letter: DeadLetter) async throws(JournalError) {
        try await write { writer in
            let isNew = try writer.deadLetters.insert(
                letter, as: writer.nextID(at: letter.createdAt),
                fingerprint: DeadLetterTable.fingerprint("\(letter.stage.rawValue)\n\(letter.record)"))
            if isNew { writer.stored.addDeadLetter() }
        }
    }

    /// Yields after commits, since there may be more in the outbox; several commits between two reads are yielded once.
    public var commits: AsyncStream<Void> { commitSignal.makeStream() }

    /// Calls `wake` once, after the next commit. It must not block, since the writer waits for it. Unlike `commits`, a listener that is busy
    /// costs the writer nothing.
    public func onNextCommit(for listener: AnyObject, _ wake: @escaping @Sendable () -> Void) {
        commitSignal.onNext(for: ObjectIdentifier(listener), wake)
    }
}

extension JournalReader {
    /// The rows after a position, at most `limit` rows and about `byteLimit` bytes.
    public func outbox(
        after position: Int64, limit: Int, byteLimit: Int = 8 << 20, portfolios: Portfolios = Portfolios()
    ) async throws(JournalError) -> OutboxPage {
        try await read { try OutboxQuery(position: position, limit: limit, byteLimit: byteLimit, portfolios: portfolios).page($0) }
    }

    /// The position up to which a database has everything; 0 for one that was never written to.
    public func position(of target: String) async throws(JournalError) -> Int64 {
        try await read { try Self.position($0, of: target) }
    }

    /// The part of the outbox that a database has not received yet.
    public func backlog(of target: String) async throws(JournalError) -> OutboxBacklog {
        try await read { try OutboxBacklog($0, after: Self.position($0, of: target)) }
    }

    private static func position(_ db: Database, of target: String) throws -> Int64 {
        try db.statement("SELECT seq FROM sync_positions WHERE target = ?").first({ $0.text(target) }) { $0.integer(0) } ?? 0
    }
}
