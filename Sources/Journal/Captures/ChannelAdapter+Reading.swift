import Messaging
import Signing

extension ChannelAdapter {
    /// The events of a delivery that are to be stored: those that the adapter reads, or one dead letter if a provider's body cannot be
    /// read. Throws if the body is a client's error, which is returned to the client; `limit` is the most items in a client's batch.
    public func eventsToKeep(of delivery: Delivery, upTo limit: Int = .max) throws(PayloadError) -> [Event] {
        guard Self.traits.sender == .provider else { return delivery.signing(try events(in: delivery, upTo: limit)) }
        do throws(PayloadError) {
            let events = delivery.signing(try events(in: delivery, upTo: limit))
            return events.isEmpty ? [delivery.unreadable(because: PayloadError(.malformed, reason: "the body holds no item"))] : events
        } catch {
            return [delivery.unreadable(because: error)]
        }
    }
}

extension Delivery {
    /// The events; if the last one stands for several unreadable items, the body's digest is added to it, so that it differs from that of
    /// another delivery with equally many.
    fileprivate func signing(_ events: [Event]) -> [Event] {
        guard case .unreadable(var item)? = events.last?.content, item.count > 1 else { return events }
        item.record = #"{"sha256":"\#(Hex.encode(Digest.sha256(body)))",\#(item.record.dropFirst())"#
        var events = events
        events[events.count - 1].content = .unreadable(item)
        return events
    }

    /// The whole delivery as one unreadable item; its bytes are kept with the delivery.
    fileprivate func unreadable(because error: PayloadError) -> Event {
        let digest = Hex.encode(Digest.sha256(body))
        let record = #"{"sha256":"\#(digest)","bytes":\#(body.count)}"#
        return Event(
            externalID: digest, channel: Channel(adapter.rawValue), effect: .none,
            content: .unreadable(UnreadableItem(index: 0, error: error, record: record)))
    }
}
