import Messaging

/// The id of a dead letter.
public typealias DeadLetterID = Identifier<DeadLetter>

/// Something that was taken and could not go on: kept, shown, and tried again on demand.
public struct DeadLetter: Sendable, Equatable {
    /// Where it stopped.
    public var stage: Stage
    /// What is wrong, for a person.
    public var reason: String
    /// The field, or what the database answered; nil where there is no more to say.
    public var detail: String?
    /// The delivery that brought it; nil where it came without one.
    public var deliveryID: DeliveryID?
    /// What could not go on, as JSON.
    public var record: String
    /// When it stopped.
    public var createdAt: Instant

    /// A letter as it is stored.
    public init(stage: Stage, reason: String, detail: String?, deliveryID: DeliveryID?, record: String, createdAt: Instant) {
        self.stage = stage
        self.reason = reason
        self.detail = detail
        self.deliveryID = deliveryID
        self.record = record
        self.createdAt = createdAt
    }

    /// The steps at which something can stop.
    public enum Stage: String, Sendable, CaseIterable {
        /// No adapter could read it.
        case normalize
        /// The database refused it for good.
        case sync
    }
}
