import Messaging

/// Makes a capture one that its sender could have sent just now.
public struct CaptureSigner: Sendable {
    /// Finds the adapter of a configured account.
    public typealias AdapterLookup = @Sendable (AdapterKind, AccountName) -> (any ChannelAdapter)?

    private let adapter: AdapterLookup
    private let hint: String?

    /// `hint` is what to do where an account is not configured.
    public init(hint: String? = nil, adapter: @escaping AdapterLookup) {
        self.adapter = adapter
        self.hint = hint
    }

    /// The capture with its account's proof of this moment in place of the old one; throws where its target names no
    /// configured account.
    public func signed(_ capture: HTTPCapture, at now: Instant) throws(CaptureSigningError) -> HTTPCapture {
        guard let delivery = capture.delivery(receivedAt: now) else { throw CaptureSigningError(target: capture.target, account: nil) }
        guard let adapter = adapter(delivery.adapter, delivery.account) else {
            throw CaptureSigningError(target: capture.target, account: "\(delivery.adapter)/\(delivery.account)", hint: hint)
        }
        let proven = adapter.signed(delivery, at: now)
        var signed = capture
        signed.target = proven.target
        signed.headers = proven.headers
        return signed
    }
}

/// A capture of an account that is not configured, or of none.
public struct CaptureSigningError: Error, Equatable, CustomStringConvertible {
    /// The request line's.
    public let target: String
    /// `chat/main`; nil where the target is no webhook.
    public let account: String?
    /// What to do about it, where more is known.
    public var hint: String?

    public var description: String {
        guard let account else { return "\(target) is not a webhook's path: expected /webhooks/ADAPTER/ACCOUNT" }
        return "\(target): the settings have no account \(account), so nothing can be signed for it\(hint.map { ": \($0)" } ?? "")"
    }
}

extension HTTPCapture {
    /// The headers to send again, without those of the connection that it came by: whoever sends it writes them anew.
    var portableHeaders: [Delivery.Header] {
        headers.filter { !["host", "content-length", "transfer-encoding", "connection", "expect"].contains($0.name) }
    }

    /// Where it goes at a server, `base` with or without a slash at its end.
    func url(at base: String) -> String { (base.hasSuffix("/") ? String(base.dropLast()) : base) + target }
}
