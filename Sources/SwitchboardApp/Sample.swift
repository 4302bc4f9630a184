public import Messaging
import Signing

/// A test message for a gateway, in the form in which the provider of one of its accounts would post it.
public struct Sample: Sendable {
    /// Describes it: `WhatsApp message`.
    public let name: String
    /// The request, not yet signed.
    public let capture: HTTPCapture

    /// A new message, sent at `now`, to the first account whose adapter has a sample; nil if none has.
    public init?(for settings: Settings, at now: Instant) {
        for account in settings.accounts {
            guard let sample = AdapterRegistry.shipped.traits(of: account.adapter)?.sample else { continue }
            name = sample.name
            capture = HTTPCapture(
                method: "POST", target: account.path, headers: [Delivery.Header("content-type", sample.contentType)],
                body: Array(sample.body(id: Hex.encode(SecureRandom.bytes(12)), at: now).utf8))
            return
        }
        return nil
    }
}
