import Messaging

/// The id of a dead letter.
public typealias DeadLetterID = Identifier<DeadLetter>

/// An item or a row that was accepted but could not be processed further: it is kept, shown, and retried on demand.
public struct DeadLetter: Sendable, Equatable {
    /// Where processing stopped.
    public var stage: Stage
    /// What is wrong, as a text for operators.
    public var reason: String
    /// The field, or the shape of the database's answer; nil if there is nothing more to say.
    public var detail: String?
    /// The delivery that contained it; nil if there is none.
    public var deliveryID: DeliveryID?
    /// The item or row that could not be processed, as JSON.
    public var record: String
    /// When processing stopped.
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

    /// The steps at which processing can stop.
    public enum Stage: String, Sendable, CaseIterable {
        /// The adapter could not read it.
        case normalize
        /// The database refused it for good.
        case sync
    }
}
