import Journal
import Relay

/// Sends rows that the database refused once more, as they were sent the first time.
public struct LetterCarriage: Sendable {
    private let journal: Journal
    private let transport: any ContractTransport
    private let budget: Duration

    /// `budget` limits the time of a call.
    public init(journal: Journal, transport: any ContractTransport, budget: Duration = .seconds(20)) {
        self.journal = journal
        self.transport = transport
        self.budget = budget
    }

    /// The largest number of letters in a call. The contract accepts 5,000 rows; a letter has one item, its contact with at most 100
    /// identities, and its session.
    public static let mostLetters = 40
    /// The largest number of bytes of records in a call with several letters.
    public static let mostBytes = 800_000

    /// Sends letters as one call, at most `mostLetters`. Returns when the database has stored all of their records and the journal has
    /// applied the answer. It does not resolve the letters.
    public func send(_ letters: [DeadLetter]) async throws(CallFailure) {
        guard let call = LetterCall(records: letters.map(\.record)) else {
            throw CallFailure(.permanent, code: "record", message: "the letter's record is not a batch of rows")
        }
        let id = Sync.makeBatchID()
        let reply = try await transport.call(.ingest, call.argument(id: id, adapters: journal.configuration.adapters), within: budget)
        guard let answer = IngestAnswer(reply), answer.confirms(id, counts: call.counts) else { throw CallFailure.incomplete(reply) }
        do { try await journal.adopt(answer.rows) } catch { throw CallFailure.notAdopted(error) }
    }
}

extension CallFailure {
    /// Whether the failure may concern one record of a call, not all of them, so that it is worth sending each half by itself.
    public var mayTakeFewer: Bool {
        switch disposition {
        case .permanent, .alreadyThere: true
        case .pause: isOfTheSchema
        case .retry: isTimeOut
        }
    }
}
