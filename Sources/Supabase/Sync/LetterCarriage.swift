import Foundation
import JSON
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

    /// Returns when the database has taken all of a letter's record; what it says about our rows is taken over. The letter is not settled by it.
    public func send(_ letter: DeadLetter) async throws(CallFailure) {
        guard let argument = Self.argument(of: letter.record) else {
            throw CallFailure(.permanent, code: "record", message: "the letter's record is no batch of rows")
        }
        let reply = try await transport.call(.ingest, argument, within: budget)
        guard let answer = IngestAnswer(reply), Self.isComplete(answer, for: argument) else { throw CallFailure.incomplete(reply) }
        do { try await journal.adopt(answer.rows) } catch { throw CallFailure.notAdopted(error) }
    }

    /// A record is a whole call but for its id, which stands before all that came from outside.
    static func argument(of record: String, id: String = Sync.makeBatchID()) -> [UInt8]? {
        guard let json = try? JSON(parsing: Array(record.utf8)), json["version"].int != nil, json["batch_id"].string == "",
            let place = record.range(of: #""batch_id":"""#)
        else { return nil }
        return Array(record.replacingCharacters(in: place, with: #""batch_id":"\#(id)""#).utf8)
    }

    private static func isComplete(_ answer: IngestAnswer, for argument: [UInt8]) -> Bool {
        guard let json = try? JSON(parsing: argument) else { return false }
        return json.members.allSatisfy { $0.value.kind != .array || answer.received[$0.key, default: 0] == $0.value.count }
    }
}
