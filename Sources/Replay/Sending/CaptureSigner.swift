import Messaging

/// Signs a capture as its sender would now.
public struct CaptureSigner: Sendable {
    /// Finds the adapter of a configured account.
    public typealias AdapterLookup = @Sendable (AdapterKind, AccountName) -> (any ChannelAdapter)?

    private let adapter: AdapterLookup
    private let hint: String?

    /// `hint` says what to do if an account is not configured.
    public init(hint: String? = nil, adapter: @escaping AdapterLookup) {
        self.adapter = adapter
        self.hint = hint
    }

    /// The capture with a new proof of its account instead of the old one. A capture that only a session's token can prove is left as it
    /// is. Throws if its target names no configured account, or if it is a stored delivery whose token was not kept.
    public func signed(_ capture: HTTPCapture, at now: Instant) throws(CaptureSigningError) -> HTTPCapture {
        guard let delivery = capture.delivery(receivedAt: now) else { throw CaptureSigningError(target: capture.target, account: nil) }
        guard let adapter = adapter(delivery.adapter, delivery.account) else {
            throw CaptureSigningError(target: capture.target, account: "\(delivery.adapter)/\(delivery.account)", hint: hint)
        }
        guard delivery.tokenOwner == nil || Self.hasSignature(delivery, of: adapter, at: now) else {
            throw CaptureSigningError(target: capture.target, account: nil, isByToken: true)
        }
        let proven = proven(delivery, by: adapter, at: now)
        var signed = capture
        signed.target = proven.target
        signed.headers = proven.headers
        return signed
    }

    /// The delivery, signed. A browser's request has a session's token instead of a signature and keeps it: signed, it would be another
    /// sender's delivery, whose items the gateway would store once more. A mark without an owner says nothing about the sender.
    private func proven(_ delivery: Delivery, by adapter: any ChannelAdapter, at now: Instant) -> Delivery {
        let signed = adapter.signed(delivery, at: now)
        guard delivery.header(SessionToken.header) != nil, !delivery.hasHiddenToken else { return signed }
        return Self.hasSignature(delivery, of: adapter, at: now) ? signed : delivery
    }

    private static func hasSignature(_ delivery: Delivery, of adapter: any ChannelAdapter, at now: Instant) -> Bool {
        let names = Set(adapter.signatureHeaders(for: delivery, at: now).map(\.name))
        return delivery.headers.contains { names.contains($0.name) }
    }
}

/// The capture's account is not configured, its target names none, or a session's token that was not kept authenticated it.
public struct CaptureSigningError: Error, Equatable, CustomStringConvertible {
    /// The target in the request line.
    public let target: String
    /// `chat/main`; nil if the target is not a webhook.
    public let account: String?
    /// What to do about it, if known.
    public var hint: String?
    /// Whether a session's token authenticated it.
    public var isByToken = false

    public var description: String {
        if isByToken {
            return "\(target): a session's token authenticated this delivery, and tokens are not kept, so it cannot be sent again: "
                + "replay it with --into, or use `captures import`"
        }
        guard let account else { return "\(target) is not a webhook's path: expected /webhooks/ADAPTER/ACCOUNT" }
        return "\(target): the settings have no account \(account), so nothing can be signed for it\(hint.map { ": \($0)" } ?? "")"
    }
}

extension HTTPCapture {
    /// The headers to send again, without those of the original connection, which the new sender writes itself.
    var portableHeaders: [Delivery.Header] {
        headers.filter { !["host", "content-length", "transfer-encoding", "connection", "expect"].contains($0.name) }
    }

    /// The target's URL at a server; `base` may end with a slash.
    func url(at base: String) -> String { (base.hasSuffix("/") ? String(base.dropLast()) : base) + target }
}
