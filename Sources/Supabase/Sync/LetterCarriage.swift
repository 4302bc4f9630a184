import Journal
import Relay

/// Sends what the database refused once more, as it was sent then.
public struct LetterCarriage: Sendable {
    private let journal: Journal
    private let transport: any ContractTransport
    private let budget: Duration

    /// `budget` is how long a call may take.
    public init(journal: Journal, transport: any ContractTransport, budget: Duration = .seconds(20)) {
        self.journal = journal
        self.transport = transport
        self.budget = budget
    }

    /// How many letters go in a call: the contract takes 5,000 rows, and a letter has one item, its contact with at most 100 identities, and its
    /// session.
    public static let mostLetters = 40
    /// How many bytes of records go in a call of several letters.
    public static let mostBytes = 800_000

    /// Sends letters as one call, at most `mostLetters`. Returns when the database has taken all of their records; what it says about our
    /// rows is taken over. It does not resolve the letters.
    public func send(_ letters: [DeadLetter]) async throws(CallFailure) {
        guard let call = LetterCall(records: letters.map(\.record)) else {
            throw CallFailure(.permanent, code: "record", message: "the letter's record is no batch of rows")
        }
        let id = Sync.makeBatchID()
        let reply = try await transport.call(.ingest, call.argument(id: id, adapters: journal.configuration.adapters), within: budget)
        guard let answer = IngestAnswer(reply), answer.confirms(id, counts: call.counts) else { throw CallFailure.incomplete(reply) }
        do { try await journal.adopt(answer.rows) } catch { throw CallFailure.notAdopted(error) }
    }
}

extension CallFailure {
    /// Whether it may be about one record of a call rather than about all of them, so that halves are worth a call each.
    public var mayTakeFewer: Bool {
        switch disposition {
        case .permanent, .alreadyThere: true
        case .pause: isOfTheSchema
        case .retry: isTimeOut
        }
    }
}
