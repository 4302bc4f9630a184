import Hummingbird
import Journal
import NIOCore

/// What one client is sent: knows its position, and when it was last sent something.
struct StreamOutput {
    // Only the task of the stream uses the writer, although its functions may run on another executor than ours.
    nonisolated(unsafe) private var writer: any ResponseBodyWriter
    /// Up to here the client has everything that its filters let through.
    private(set) var position: Int64
    private(set) var events = 0
    /// Deleted rows since the last event, and the position before them.
    private var missing: (count: Int64, after: Int64)?
    private var wroteAt = ContinuousClock.now

    /// After so long without an event a heartbeat is sent.
    private static let heartbeat = Duration.seconds(15)

    init(writer: any ResponseBodyWriter, position: Int64) {
        self.writer = writer
        self.position = position
    }

    /// Sends the first lines.
    mutating func begin() async throws { try await write(ServerSentEvent.opening(position)) }

    /// Sends what a page has for the client, and goes on to its end; returns how many events it sent.
    mutating func write(_ page: StreamPage<StreamedEvent>, _ filter: EventFilter) async throws -> Int {
        var lines: [UInt8] = []
        if page.end < position {
            lines += StreamNotice.unknown(position, end: page.end)
            missing = nil
        } else if page.missing > 0 {
            missing = ((missing?.count ?? 0) + page.missing, missing?.after ?? position)
        }
        // Rows are missing somewhere before the next event that there is, or before the end.
        let isAtEnd = page.items.isEmpty && page.end <= position
        if let gap = missing, !page.items.isEmpty || isAtEnd {
            lines += StreamNotice.removed(gap.count, after: gap.after, until: page.end)
            missing = nil
        }
        let admitted = page.items.filter(filter.admits)
        for event in admitted { lines += event.lines }
        if !lines.isEmpty { try await write(lines) }
        position = page.end
        events += admitted.count
        return admitted.count
    }

    /// Sends a heartbeat if nothing was sent for long.
    mutating func showLife() async throws {
        guard .now - wroteAt >= Self.heartbeat else { return }
        try await write(ServerSentEvent.heartbeat(position))
    }

    /// Ends the answer.
    consuming func finish() async throws { try await writer.finish(nil) }

    private mutating func write(_ lines: [UInt8]) async throws {
        try await writer.write(ByteBuffer(bytes: lines))
        wroteAt = .now
    }
}
