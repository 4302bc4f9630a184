public import Messaging
import Signing

/// A message to try a gateway with, as the provider of one of its accounts would post it.
public struct Sample: Sendable {
    /// What it is: `WhatsApp message`.
    public let name: String
    /// The request, not signed yet.
    public let capture: HTTPCapture

    /// A message that nobody sent before, sent `now`, to the first account whose adapter has a sample; nil where none has.
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
