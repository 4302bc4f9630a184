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
    /// Stores captured deliveries in their order, some hundreds a transaction; what became of each, in the same order. Taken again, they
    /// change nothing. What was stored before an error stays.
    public func accept(_ captures: [CapturedDelivery]) async throws(JournalError) -> [AcceptOutcome] {
        var outcomes: [AcceptOutcome] = []
        for start in stride(from: 0, to: captures.count, by: 256) {
            let group = captures[start..<min(start + 256, captures.count)]
            outcomes += try await write { writer in try group.map { try writer.accept($0) } }
        }
        return outcomes
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
