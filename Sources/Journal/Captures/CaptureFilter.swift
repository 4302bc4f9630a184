import Messaging

/// Which deliveries somebody asks for: those that every condition holds for.
public struct CaptureFilter: Sendable, Equatable {
    /// Received then or later.
    public var since: Instant?
    /// Received before.
    public var until: Instant?
    public var adapter: AdapterKind?
    public var account: AccountName?
    /// In E.164: those that brought something of the person who has the number now, or of a message sent to it.
    public var phone: String?
    /// The provider's own id of an item that the delivery brought.
    public var externalID: String?
    /// Empty stands for accepted and dead letters alike. Refused ones are asked for by a method of their own.
    public var states: Set<Capture.State>

    /// All that were taken, unless told.
    public init(
        since: Instant? = nil, until: Instant? = nil, adapter: AdapterKind? = nil, account: AccountName? = nil, phone: String? = nil,
        externalID: String? = nil, states: Set<Capture.State> = []
    ) {
        self.since = since
        self.until = until
        self.adapter = adapter
        self.account = account
        self.phone = phone
        self.externalID = externalID
        self.states = states
    }

    /// Whether a delivery is one of them, as far as the delivery alone tells.
    func includes(_ delivery: Delivery) -> Bool {
        delivery.receivedAt >= since ?? delivery.receivedAt && until.map { delivery.receivedAt < $0 } ?? true
            && adapter ?? delivery.adapter == delivery.adapter && account ?? delivery.account == delivery.account
    }

    func includes(_ state: Capture.State) -> Bool { states.isEmpty ? state != .refused : states.contains(state) }

    /// Whether the items tell which deliveries it asks for.
    var asksForItems: Bool { phone != nil || externalID != nil }
}
