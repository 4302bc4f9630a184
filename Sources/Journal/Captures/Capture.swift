import Messaging

/// A delivery as it was kept.
public struct Capture: Sendable, Equatable {
    /// As it was given when the delivery was stored.
    public var id: DeliveryID
    /// Its place in the order of all commits, larger than that of every delivery before it; of a refused one 0.
    public var position: Int64
    /// With the headers that were kept: of `x-session-token` only that there was one.
    public var delivery: Delivery
    /// What became of it.
    public var state: State
    /// Why it was refused; nil for one that was taken.
    public var refusal: Refusal?
    /// The phone, in E.164, of the session that proved it, read from what it stored; nil where the delivery came without a session's token
    /// or nothing of it tells.
    public var person: String?

    /// A delivery with all that is known of it.
    public init(
        id: DeliveryID, position: Int64, delivery: Delivery, state: State, refusal: Refusal? = nil, person: String? = nil
    ) {
        self.id = id
        self.position = position
        self.delivery = delivery
        self.state = state
        self.refusal = refusal
        self.person = person
    }

    /// What became of a delivery.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It was stored, and nothing of it waits for anybody.
        case accepted
        /// It was stored, and has a dead letter that nobody has settled.
        case deadLetter = "dead_letter"
        /// Its sender was told that it is wrong.
        case refused
    }

    /// What a refused sender was answered.
    public struct Refusal: Sendable, Equatable {
        /// The HTTP status.
        public var status: Int
        /// As its sender read it.
        public var reason: String

        /// An answer.
        public init(status: Int, reason: String) {
            self.status = status
            self.reason = reason
        }
    }
}
