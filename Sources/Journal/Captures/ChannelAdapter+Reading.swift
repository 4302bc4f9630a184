import Messaging
import Signing

extension ChannelAdapter {
    /// What is kept of a delivery: the adapter's events, or of a provider's body that cannot be read one dead letter. Throws where it is our
    /// own client's mistake, which the client is told; `limit` is the most items of a client's batch.
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
    /// The events, with the body's digest in the one that stands for several items: it is not that of another delivery with as many.
    fileprivate func signing(_ events: [Event]) -> [Event] {
        guard case .unreadable(var item)? = events.last?.content, item.count > 1 else { return events }
        item.record = #"{"sha256":"\#(Hex.encode(Digest.sha256(body)))",\#(item.record.dropFirst())"#
        var events = events
        events[events.count - 1].content = .unreadable(item)
        return events
    }

    /// The whole delivery as one item that cannot be read; its bytes are kept with the delivery.
    fileprivate func unreadable(because error: PayloadError) -> Event {
        let digest = Hex.encode(Digest.sha256(body))
        let record = #"{"sha256":"\#(digest)","bytes":\#(body.count)}"#
        return Event(
            externalID: digest, channel: Channel(adapter.rawValue), effect: .none,
            content: .unreadable(UnreadableItem(index: 0, error: error, record: record)))
    }
}
