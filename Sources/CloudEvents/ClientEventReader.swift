import JSON
import Messaging
import Signing

/// Reads our own clients' events for the adapters of chat and kiosk.
public struct ClientEventReader: Sendable {
    private let channel: Channel
    private let line: Line?
    private let region: String

    /// Without a line, every event's source is its line. `region` is the region of local phone numbers, "IN".
    public init(channel: Channel, line: Line? = nil, region: String) {
        self.channel = channel
        self.line = line
        self.region = region
    }

    /// Returns one event per item. A single event that cannot be read throws; in a batch it becomes an event with unreadable content, so
    /// that the others are still read. Only a delivery with a session's token may omit `data.phone`, since the receiver knows its person.
    /// Throws for a batch of more than `limit` events before reading any of them.
    public func events(in delivery: Delivery, upTo limit: Int = .max) throws(PayloadError) -> [Event] {
        let requiresPhone = !ClientAuthentication.isByToken(delivery)
        switch try CloudEventsBody(delivery) {
        case .structured(let json):
            return [try event(from: json, requiresPhone: requiresPhone)]
        case .batch(let json):
            let count = json.count
            guard count <= limit else {
                throw PayloadError(
                    .tooMany, reason: "the batch has \(count) events, and at most \(limit) are taken at once: send it in parts")
            }
            return events(of: json, requiresPhone: requiresPhone)
        }
    }

    private func events(of batch: JSON, requiresPhone: Bool) -> [Event] {
        var list = EventList()
        for (index, item) in batch.elements.enumerated() {
            do throws(PayloadError) {
                list.append(try event(from: item, requiresPhone: requiresPhone))
            } catch {
                list.appendUnreadable(unreadable(item, at: index, because: error))
            }
        }
        return list.events
    }

    private func event(from json: JSON, requiresPhone: Bool) throws(PayloadError) -> Event {
        let event = try ClientEvent(json, region: region, requiresPhone: requiresPhone)
        return Event(
            externalID: event.externalID, channel: channel, line: line ?? Line(event.source), party: event.party,
            occurredAt: event.time, effect: .moves, content: event.content)
    }

    private func unreadable(_ json: JSON, at index: Int, because error: PayloadError) -> Event {
        let record = json.text ?? "null"
        let source = json["source"].readableName
        let externalID =
            if let source, let id = json["id"].readableName {
                ClientEvent.externalID(source: source, id: id)
            } else {
                digest(of: record, at: index)
            }
        return Event(
            externalID: externalID, channel: channel, line: line ?? source.map { Line($0) }, effect: .none,
            content: .unreadable(UnreadableItem(index: index, error: error.inItem(index), record: record)))
    }

    private func digest(of record: String, at index: Int) -> String {
        "item#" + Hex.encode(Array(Digest.sha256(Array("\(index)\n\(record)".utf8)).prefix(16)))
    }
}

extension JSON {
    /// The text, if it can be an event's id or source.
    fileprivate var readableName: String? {
        string.flatMap { $0.isEmpty || $0.utf8.count > ClientEvent.nameLimit ? nil : $0 }
    }
}
