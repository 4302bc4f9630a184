import Messaging
import Watchdog

extension Journal {
    /// Stores captures in their order as if they arrived now, but with their times of receipt, some thousand items per transaction; returns
    /// the result of each, in the same order. Captures that are already stored change nothing. If the tables refuse a capture, the others
    /// are stored before its error is thrown; a failure of the disk ends the whole operation.
    /// If a capture's events name no party, the capture's person stands for the session that it was sent in.
    public func accept(_ captures: [ReadCapture]) async throws(JournalError) -> [AcceptOutcome] {
        var outcomes: [AcceptOutcome] = []
        var refusal: JournalError?
        for group in Self.groups(of: captures) {
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

    /// The most items in one transaction: at most a fifth of a second, for which other writes have to wait. A page of an index is then
    /// written once for all of them.
    private static let itemsPerWrite = 5000

    /// The captures in their order, divided evenly into as few groups as `itemsPerWrite` allows; a capture with more items is a group of
    /// its own.
    private static func groups(of captures: [ReadCapture]) -> [ArraySlice<ReadCapture>] {
        let weights = captures.map { max(1, $0.events.count) }
        let total = weights.reduce(0, +)
        let share = total / max(1, (total + itemsPerWrite - 1) / itemsPerWrite) + 1
        var groups: [ArraySlice<ReadCapture>] = []
        var (start, sum) = (0, 0)
        for (index, weight) in weights.enumerated() {
            if index > start, sum + weight > share {
                groups.append(captures[start..<index])
                (start, sum) = (index, 0)
            }
            sum += weight
        }
        if start < captures.count { groups.append(captures[start...]) }
        return groups
    }

    private func acceptTogether(_ captures: ArraySlice<ReadCapture>) async throws(JournalError) -> [AcceptOutcome] {
        if captures.count == 1, let capture = captures.first, capture.events.count > DeliveryParts.mostItems {
            return [.taken(try await acceptInParts(capture.capture, capture.events))]
        }
        return try await write(Work("storing captures", items: captures.count)) { writer in
            try captures.map { .taken(try writer.accept($0).receipt) }
        }
    }

    /// Stores a captured delivery of very many items in several transactions.
    func acceptInParts(_ capture: Capture, _ events: [Event]) async throws(JournalError) -> Receipt {
        try await DeliveryParts.store(events) { part, progress throws(JournalError) in
            try await write(Work("storing a capture", items: part.count)) { writer in
                try writer.accept(ReadCapture(capture, Array(part)), after: progress)
            }
        }
    }
}

extension JournalWriter {
    /// Stores the new items of a capture, with the ids that they had when it was received. If the events name no party, the person is found
    /// by the phone of the capture's session, or, if that has none, by the id of the contact.
    func accept(_ read: ReadCapture, after progress: DeliveryProgress = DeliveryProgress()) throws -> DeliveryProgress {
        let capture = read.capture
        let events = read.events.map { event in
            var event = event
            if let person = capture.person { event.party = event.party ?? Party(phone: ReceivedPhone(person)) }
            return event
        }
        let delivery = try capture.delivery.markingOwner { try owner(of: $0, events, at: capture.delivery.receivedAt) }
        let isUnnamed = events.allSatisfy { $0.party == nil } && events.contains { $0.effect == .moves }
        let person = try isUnnamed ? delivery.tokenOwner.map { try directory.recordOrNew($0, at: present(delivery.receivedAt)) } : nil
        return try take(delivery, events, by: person, ownedBy: delivery.tokenOwner, after: progress)
    }

    /// The owner of a session's token that a capture still contains: the contact of its session if the session is known here, otherwise the
    /// party of the events.
    private func owner(of token: Secret, _ events: [Event], at now: Instant) throws -> ContactID? {
        if let session = try sessions.session(token: token) { return try directory.record(session.contactID)?.contact.id }
        return try events.lazy.compactMap(\.party).first.flatMap { try directory.resolve($0, at: now)?.contact.id }
    }
}

extension Delivery {
    /// The delivery as it is stored if it contains a session's token, not yet hidden, and no signature: captures from browsers and tunnels
    /// are like this. `owner` finds the contact of the token.
    func markingOwner(_ owner: (Secret) throws -> ContactID?) rethrows -> Delivery {
        guard let token = header(SessionToken.header), !hasHiddenToken, !headers.contains(where: \.isSignature) else { return self }
        var marked = self
        let mark = SessionToken.mark(owner: try owner(Secret(token)))
        marked.headers = headers.map { $0.name == SessionToken.header ? Header(lowercase: SessionToken.header, mark) : $0 }
        return marked
    }
}

extension Delivery.Header {
    /// Whether the header contains a signature, of any provider.
    fileprivate var isSignature: Bool { name.hasSuffix("-signature") || name.hasSuffix("-signature-256") || name == "x-hub-signature" }
}
