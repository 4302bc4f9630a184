import Messaging
import Watchdog

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
        try await write(Work("storing captures", items: captures.count)) { writer in try captures.map { try writer.accept($0) } }
    }
}

extension JournalWriter {
    /// Stores what is new of a captured delivery, under the ids that its items had when it came. Its person, where the events name none, is
    /// found by the session's phone.
    func accept(_ capture: CapturedDelivery) throws -> AcceptOutcome {
        let events = capture.events.map { event in
            var event = event
            if let person = capture.person { event.party = event.party ?? Party(phone: ReceivedPhone(person)) }
            return event
        }
        let delivery = try capture.delivery.markingOwner { try owner(of: $0, events, at: capture.delivery.receivedAt) }
        return try take(delivery, events, ownedBy: delivery.tokenOwner)
    }

    /// Whose a token is that a capture still shows: that of its session where it is known here, else whom the events name.
    private func owner(of token: Secret, _ events: [Event], at now: Instant) throws -> ContactID? {
        if let session = try sessions.session(token: token) { return try directory.record(session.contactID)?.contact.id }
        return try events.lazy.compactMap(\.party).first.flatMap { try directory.resolve($0, at: now)?.contact.id }
    }
}

extension Delivery {
    /// The delivery as it is kept, where a session's token that it still shows is all that proves it: captures of browsers and tunnels have
    /// it. `owner` finds whose it is.
    func markingOwner(_ owner: (Secret) throws -> ContactID?) rethrows -> Delivery {
        guard let token = header(SessionToken.header), !hasHiddenToken, !headers.contains(where: \.isSignature) else { return self }
        var marked = self
        let mark = SessionToken.mark(owner: try owner(Secret(token)))
        marked.headers = headers.map { $0.name == SessionToken.header ? Header(lowercase: SessionToken.header, mark) : $0 }
        return marked
    }
}

extension Delivery.Header {
    /// Whether a sender signs by it, of whatever provider.
    fileprivate var isSignature: Bool { name.hasSuffix("-signature") || name.hasSuffix("-signature-256") || name == "x-hub-signature" }
}
