import Messaging

/// A filter for captures of a journal or of files. A capture must meet all conditions.
public struct CaptureFilter: Sendable, Equatable {
    /// Only captures received at this time or later.
    public var since: Instant?
    /// Only captures received before this time.
    public var until: Instant?
    /// Only captures of this adapter.
    public var adapter: AdapterKind?
    /// Only captures of accounts with this name.
    public var account: AccountName?
    /// A phone in E.164: only captures with an item of the person who has the number now, or of a message sent to it. Applies only to a
    /// journal.
    public var phone: String?
    /// Only captures with an item of a person who is, or once was, this customer. Applies only to a journal.
    public var customerID: String?
    /// Only captures with an item that has this id of the provider. Applies only to a journal.
    public var externalID: String?
    /// Only captures in these states; if empty, everything that a source returns in its order. A journal lists refused deliveries
    /// separately.
    public var states: Set<Capture.State>

    /// Makes a filter; without arguments, it matches every capture.
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

    /// Whether a capture meets those conditions that can be decided from the capture alone. One without a time of receipt never meets a
    /// condition on times.
    public func includes(_ capture: Capture) -> Bool {
        includes(capture.delivery) && includes(capture.state) && (capture.isDated || since == nil && until == nil)
    }

    /// Whether a delivery meets those conditions that can be decided from the delivery alone.
    func includes(_ delivery: Delivery) -> Bool {
        delivery.receivedAt >= since ?? delivery.receivedAt && until.map { delivery.receivedAt < $0 } ?? true
            && adapter ?? delivery.adapter == delivery.adapter && account ?? delivery.account == delivery.account
    }

    func includes(_ state: Capture.State) -> Bool { states.isEmpty || states.contains(state) }

    /// Whether the filter has conditions on the items of deliveries.
    public var asksForItems: Bool { phone != nil || customerID != nil || externalID != nil }
}
