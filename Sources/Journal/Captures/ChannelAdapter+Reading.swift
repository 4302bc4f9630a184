import Messaging
import Signing

extension ChannelAdapter {
    /// What is kept of a delivery: the adapter's events, or of a provider's body that cannot be read one dead letter. Throws where it is our
    /// own client's mistake, which the client is told.
    public func eventsToKeep(of delivery: Delivery) throws(PayloadError) -> [Event] {
        guard Self.traits.sender == .provider else { return try events(in: delivery) }
        do throws(PayloadError) {
            let events = try events(in: delivery)
            return events.isEmpty ? [delivery.unreadable(because: PayloadError(.malformed, reason: "the body holds no item"))] : events
        } catch {
            return [delivery.unreadable(because: error)]
        }
    }
}

extension Delivery {
    /// The whole delivery as one item that cannot be read; its bytes are kept with the delivery.
    fileprivate func unreadable(because error: PayloadError) -> Event {
        let digest = Hex.encode(Digest.sha256(body))
        let record = #"{"sha256":"\#(digest)","bytes":\#(body.count)}"#
        return Event(
            externalID: digest, channel: Channel(adapter.rawValue), effect: .none,
            content: .unreadable(UnreadableItem(index: 0, error: error, record: record)))
    }
}
