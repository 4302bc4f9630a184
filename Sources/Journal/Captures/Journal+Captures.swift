import Messaging

/// A captured delivery with what an adapter reads out of it, on its way into a journal.
public struct CapturedDelivery: Sendable {
    public var delivery: Delivery
    public var events: [Event]
    /// The phone, in E.164, of the session that proved it: it stands for the session of then. Nil where the events name their person.
    public var person: String?

    /// A delivery to be stored as if it came now, with the time at which it was received.
    public init(_ delivery: Delivery, _ events: [Event], person: String? = nil) {
        self.delivery = delivery
        self.events = events
        self.person = person
    }
}

extension Journal {
    /// Stores captured deliveries in their order, some thousand a transaction; what became of each, in the same order. Taken again, they
    /// change nothing. Where the tables refuse one, the others are stored before its error is thrown; what fails the disk ends it there.
    public func accept(_ captures: [CapturedDelivery]) async throws(JournalError) -> [AcceptOutcome] {
        var outcomes: [AcceptOutcome] = []
        var refusal: JournalError?
        let writes = (captures.count + Self.capturesPerWrite - 1) / Self.capturesPerWrite
        for write in 0..<writes {
            let group = Array(captures[captures.count * write / writes..<captures.count * (write + 1) / writes])
            do throws(JournalError) { outcomes += try await acceptTogether(group) } catch {
                guard error.code == .rejected else { throw error }
                for capture in group {
                    do throws(JournalError) { outcomes += try await acceptTogether([capture]) } catch { refusal = error }
                }
            }
        }
        if let refusal { throw refusal }
        return outcomes
    }

    /// At most a fifth of a second of the writer, for which others have to wait; a page of an index is written once for all of them.
    private static let capturesPerWrite = 5000

    private func acceptTogether(_ captures: [CapturedDelivery]) async throws(JournalError) -> [AcceptOutcome] {
        try await write { writer in try captures.map { try writer.accept($0) } }
    }
}

extension JournalWriter {
    /// Stores what is new of a captured delivery. Its person, where the events name none, is found by the session's phone.
    func accept(_ capture: CapturedDelivery) throws -> AcceptOutcome {
        guard let person = capture.person else { return try accept(capture.delivery, capture.events, provenBy: nil) }
        let events = capture.events.map { event in
            var event = event
            event.party = event.party ?? Party(phone: ReceivedPhone(person))
            return event
        }
        return try accept(capture.delivery, events, provenBy: nil)
    }
}
