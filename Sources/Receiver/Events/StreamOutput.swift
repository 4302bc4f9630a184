import Hummingbird
import Journal
import NIOCore

/// The output to one client, with its position and the time of the last write.
struct StreamOutput {
    // Only the stream's task uses the writer, although its functions may run on another executor than this type's.
    nonisolated(unsafe) private var writer: any ResponseBodyWriter
    /// The position up to which the client has received every event that its filters admit.
    private(set) var position: Int64
    private(set) var events = 0
    /// Whether no page has been written.
    private(set) var isFirst = true
    /// The number of rows deleted since the last event, and the position before them.
    private var missing: (count: Int64, after: Int64)?
    private var wroteAt = ContinuousClock.now

    /// The time without events after which a heartbeat is sent.
    private static let heartbeat = Duration.seconds(15)

    /// From this size in bytes on, an event is written without copying it: all streams share its bytes.
    private static let sharedSize = 64 << 10

    init(writer: any ResponseBodyWriter, position: Int64) {
        self.writer = writer
        self.position = position
    }

    /// Sends the first lines.
    mutating func begin() async throws { try await write(ByteBuffer(bytes: ServerSentEvent.opening(position))) }

    /// Sends the events of a page that the filter admits, and moves the position to the page's end; returns the number of sent events.
    /// `whole` are the lines of all events of the page: if all are admitted, these are sent without copying them.
    mutating func write(_ page: StreamPage<StreamedEvent>, _ filter: EventFilter, lines whole: ByteBuffer? = nil) async throws -> Int {
        var lines = ByteBuffer()
        if page.end < position {
            lines.writeBytes(StreamNotice.unknown(position, end: page.end))
            missing = nil
        } else if page.missing > 0 {
            missing = ((missing?.count ?? 0) + page.missing, missing?.after ?? position)
        }
        // The missing rows are somewhere before the next existing event, or before the end.
        let isAtEnd = page.items.isEmpty && page.end <= position
        if let gap = missing, !page.items.isEmpty || isAtEnd {
            lines.writeBytes(StreamNotice.removed(gap.count, after: gap.after, until: page.end))
            missing = nil
        }
        let admitted = filter.isEmpty ? page.items : page.items.filter(filter.admits)
        if let whole, admitted.count == page.items.count {
            try await write(lines)
            lines = whole
        } else {
            for event in admitted {
                if event.lines.readableBytes < Self.sharedSize {
                    lines.writeImmutableBuffer(event.lines)
                } else {
                    try await write(lines)
                    try await write(event.lines)
                    lines = ByteBuffer()
                }
            }
        }
        try await write(lines)
        (position, isFirst) = (page.end, false)
        events += admitted.count
        return admitted.count
    }

    /// The stream is up to date: reports deleted rows that were not followed by an event.
    mutating func writeEnd() async throws {
        _ = try await write(StreamPage(items: [], end: position, missing: 0), EventFilter())
    }

    /// Sends a heartbeat if nothing has been sent for that time.
    mutating func showLife() async throws {
        guard .now - wroteAt >= Self.heartbeat else { return }
        try await write(ByteBuffer(bytes: ServerSentEvent.heartbeat(position)))
    }

    /// Ends the answer.
    consuming func finish() async throws { try await writer.finish(nil) }

    private mutating func write(_ lines: ByteBuffer) async throws {
        guard lines.readableBytes > 0 else { return }
        try await writer.write(lines)
        wroteAt = .now
    }
}
