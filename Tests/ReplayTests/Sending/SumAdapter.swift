import Messaging

/// Signs with a number that depends on body and time, in headers of its own.
struct SumAdapter: ChannelAdapter {
    static let traits = AdapterTraits(kind: "sum", sender: .client)

    init() {}
    init(account: Account) throws(AccountError) {}

    func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof { .signature }
    func events(in delivery: Delivery) throws(PayloadError) -> [Event] { [] }

    func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        let sum = delivery.body.reduce(0) { $0 + Int($1) }
        return [Delivery.Header("x-sum", "\(sum)"), Delivery.Header("x-time", "\(now.milliseconds)")]
    }
}
