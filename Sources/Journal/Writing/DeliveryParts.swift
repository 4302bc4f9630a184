import Messaging
import Watchdog

/// What became of the parts of a delivery that were stored so far.
struct DeliveryProgress: Sendable {
    var receipt = Receipt()
    /// The delivery's id, from its first part on.
    var id: DeliveryID?
}

/// A delivery of very many items is stored in parts, a transaction each, so that others are stored in between: of all others the writer may be
/// kept for milliseconds, whatever anybody sends. A part that fails ends it; when the delivery comes again, what was stored is a duplicate.
enum DeliveryParts {
    /// The most items of one delivery in a transaction.
    static let mostItems = 1000

    /// Hands over the parts of `events` in order, each with what became of those before.
    static func store(
        _ events: [Event], part: (ArraySlice<Event>, DeliveryProgress) async throws(JournalError) -> DeliveryProgress
    ) async throws(JournalError) -> Receipt {
        var progress = DeliveryProgress()
        var rest = events[...]
        while !rest.isEmpty {
            progress = try await part(rest.prefix(mostItems), progress)
            rest = rest.dropFirst(mostItems)
        }
        return progress.receipt
    }
}
