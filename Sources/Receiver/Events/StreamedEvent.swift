import JSON
import Journal
import Messaging
import NIOCore

/// A stored item as a stream sends it: one server-sent event whose data is a CloudEvent.
struct StreamedEvent: Sendable {
    /// The position of the item in the order of all commits.
    let position: Int64
    let kind: StreamedKind
    /// The kind and the word: `message.text`, `status.read`, `activity.screen.viewed`.
    let type: String
    /// Nil if neither the row nor its adapter determines the channel.
    let channel: String?
    /// Adapter and account: `whatsapp-cloud/main`.
    let account: String
    /// The lines to send, including the empty line at the end.
    private(set) var lines: ByteBuffer

    /// `channels` has the channel of each adapter with a single channel.
    init(_ item: StreamedItem, channels: [String: String]) {
        position = item.sequence
        kind = item.kind
        type = "\(item.kind.rawValue).\(item.word)"
        channel = item.channel ?? channels[item.provider]
        account = "\(item.provider)/\(item.account)"
        let event = Self.cloudEvent(item, type: type, channel: channel)
        lines = ByteBuffer(bytes: ServerSentEvent.lines(id: item.sequence, event: type, data: event))
    }

    /// The event with equal lines that are part of a larger buffer; itself if there are none.
    func replacingLines(_ lines: ByteBuffer?) -> StreamedEvent {
        var event = self
        if let lines { event.lines = lines }
        return event
    }

    private static func cloudEvent(_ item: StreamedItem, type: String, channel: String?) -> [UInt8] {
        var writer = JSONWriter(capacity: item.record.count + 512)
        writer.object { event in
            event.member("specversion", "1.0")
            // A row that is stored again with other content gets a new number, and is another event.
            event.member("id", "\(item.deliveryID).\(item.sequence)")
            event.member(
                "source", Account(adapter: AdapterKind(item.provider), name: AccountName(item.account), secrets: []).path)
            event.member("type", type)
            event.member("time", ifPresent: item.time)
            event.member("subject", ifPresent: item.contactID)
            event.member("datacontenttype", "application/json")
            event.member("position", "\(item.sequence)")
            event.member("channel", ifPresent: channel)
            event.key("data")
            event.raw(item.record)
        }
        return writer.bytes
    }
}

/// Notices of the stream itself, rather than of a stored item.
enum StreamNotice {
    /// This many rows after a position were deleted. It has no id, so that a client that resumes before the next event receives it again.
    static func removed(_ count: Int64, after position: Int64, until end: Int64) -> [UInt8] {
        ServerSentEvent.lines(
            id: nil, event: type,
            data: cloudEvent("removed.\(position).\(count)") { data in
                data.member("reason", "removed")
                data.member("after", "\(position)")
                data.member("until", "\(end)")
                data.member("count", count)
            })
    }

    /// The journal ends at `end`, before the position from which the client resumes.
    static func unknown(_ position: Int64, end: Int64) -> [UInt8] {
        ServerSentEvent.lines(
            id: end, event: type,
            data: cloudEvent("unknown_position.\(position).\(end)") { data in
                data.member("reason", "unknown_position")
                data.member("after", "\(position)")
                data.member("until", "\(end)")
            })
    }

    private static let type = "switchboard.gap"

    private static func cloudEvent(_ id: String, _ data: (inout JSONWriter) -> Void) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { event in
            event.member("specversion", "1.0")
            event.member("id", id)
            event.member("source", "/events")
            event.member("type", type)
            event.member("datacontenttype", "application/json")
            event.key("data")
            event.object(data)
        }
        return writer.bytes
    }
}

/// The lines of `text/event-stream` (WHATWG HTML, "Server-sent events").
enum ServerSentEvent {
    /// The lines of an event; without an id the client keeps its position.
    static func lines(id: Int64?, event: String, data: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(data.count + event.utf8.count + 48)
        if let id { lines.append(contentsOf: "id: \(id)\n".utf8) }
        lines.append(contentsOf: "event: ".utf8)
        lines.append(contentsOf: event.utf8.map(onOneLine))
        lines.append(contentsOf: "\ndata: ".utf8)
        lines.append(contentsOf: data.map(onOneLine))
        lines.append(contentsOf: "\n\n".utf8)
        return lines
    }

    /// The first lines: the milliseconds after which to reconnect, and the position, from which a client resumes if it receives no event.
    static func opening(_ position: Int64) -> [UInt8] { Array(": switchboard\nretry: 3000\nid: \(position)\n\n".utf8) }

    /// A comment that shows that the connection is alive, with the position up to which the client has received every event that its
    /// filters admit.
    static func heartbeat(_ position: Int64) -> [UInt8] { Array(": still here\nid: \(position)\n\n".utf8) }

    /// Replaces line breaks, which would end the field. In JSON they only occur between tokens, where a space means the same.
    private static func onOneLine(_ byte: UInt8) -> UInt8 { byte < 0x20 ? 0x20 : byte }
}
