import Messaging

/// Which captures somebody asks for, of a journal or of files: those that every condition holds for.
public struct CaptureFilter: Sendable, Equatable {
    /// Received then or later.
    public var since: Instant?
    /// Received before.
    public var until: Instant?
    /// Of this adapter.
    public var adapter: AdapterKind?
    /// Of accounts by this name.
    public var account: AccountName?
    /// In E.164: those that brought something of the person who has the number now, or of a message sent to it. Only a journal can tell.
    public var phone: String?
    /// Those that brought something of a person who is, or once was, this customer. Only a journal can tell.
    public var customerID: String?
    /// The provider's own id of an item that the delivery brought. Only a journal can tell.
    public var externalID: String?
    /// Empty stands for all that a source gives in its order. A journal's refused deliveries are a list of their own.
    public var states: Set<Capture.State>

    /// Everything, unless told.
    public init(
        since: Instant? = nil, until: Instant? = nil, adapter: AdapterKind? = nil, account: AccountName? = nil, phone: String? = nil,
        customerID: String? = nil, externalID: String? = nil, states: Set<Capture.State> = []
    ) {
        self.customerID = customerID
        self.since = since
        self.until = until
        self.adapter = adapter
        self.account = account
        self.phone = phone
        self.externalID = externalID
        self.states = states
    }

    /// Whether a capture is one of them, as far as it tells by itself; one without a time of its own is not where times are asked for.
    public func includes(_ capture: Capture) -> Bool {
        includes(capture.delivery) && includes(capture.state) && (capture.isDated || since == nil && until == nil)
    }

    /// Whether a delivery is one of them, as far as the delivery alone tells.
    func includes(_ delivery: Delivery) -> Bool {
        delivery.receivedAt >= since ?? delivery.receivedAt && until.map { delivery.receivedAt < $0 } ?? true
            && adapter ?? delivery.adapter == delivery.adapter && account ?? delivery.account == delivery.account
    }

    func includes(_ state: Capture.State) -> Bool { states.isEmpty || states.contains(state) }

    /// Whether only the items that deliveries brought tell which it asks for.
    public var asksForItems: Bool { phone != nil || customerID != nil || externalID != nil }
}
