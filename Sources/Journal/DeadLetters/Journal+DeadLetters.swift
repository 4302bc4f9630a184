import Messaging
import Watchdog

extension Journal {
    /// Resolves dead letters, whatever is wrong with them; returns how many were not resolved before.
    public func settle(_ letters: [DeadLetterID]) async throws(JournalError) -> Int {
        let now = now()
        return try await write(Work("resolving dead letters", items: letters.count)) { writer in
            try letters.count { try writer.deadLetters.settle($0, at: now) }
        }
    }

    /// Processes a delivery again after a part of it could not be read: stores everything that can be read now, and resolves its letters of
    /// unreadable items, except those that are still unreadable in `events`. This is one transaction, unless the delivery has very many
    /// items.
    public func retake(_ capture: Capture, _ events: [Event]) async throws(JournalError) -> Retaken {
        let now = now()
        guard events.count > DeliveryParts.mostItems else {
            return try await write(Work("storing a delivery again", items: events.count)) { try $0.retake(capture, events, at: now) }
        }
        let receipt = try await acceptInParts(capture, events.filter { !$0.isUnreadable })
        let unreadable = events.filter(\.isUnreadable)
        var retaken = try await write(Work("storing a delivery again", items: unreadable.count)) {
            try $0.retake(capture, unreadable, at: now)
        }
        retaken.receipt.add(receipt)
        return retaken
    }
}

/// The result of processing a delivery again.
public struct Retaken: Sendable, Equatable {
    /// The counts of the items; those that were stored before count as duplicates.
    public var receipt: Receipt
    /// The letters that were resolved.
    public var settled: [DeadLetterID]
    /// The letters whose items still cannot be read.
    public var left: [DeadLetterID]
}

extension JournalWriter {
    fileprivate func retake(_ capture: Capture, _ events: [Event], at now: Instant) throws -> Retaken {
        let letters = try deadLetters.unsettled(of: capture.id)
        var unreadable: Set<String> = []
        let events = events.filter { event in
            guard case .unreadable(let item) = event.content else { return true }
            let fingerprint = DeadLetterTable.fingerprint(of: item, in: capture.delivery, ownedBy: capture.delivery.tokenOwner)
            unreadable.insert(fingerprint)
            // The letter is kept already, and this is not a repetition of its item.
            return !letters.contains { $0.fingerprint == fingerprint }
        }
        let receipt = try accept(ReadCapture(capture, events)).receipt
        let settled = letters.filter { !unreadable.contains($0.fingerprint) }
        for letter in settled { _ = try deadLetters.settle(letter.id, at: now) }
        let left = letters.filter { unreadable.contains($0.fingerprint) }
        return Retaken(receipt: receipt, settled: settled.map(\.id), left: left.map(\.id))
    }
}

extension Event {
    fileprivate var isUnreadable: Bool {
        if case .unreadable = content { true } else { false }
    }
}
