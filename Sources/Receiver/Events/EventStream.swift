import Hummingbird
import Journal
import Logging
import NIOCore
import ServiceLifecycle
import Synchronization

/// The stream of one client: reads the journal from a position on, page by page, as fast as the client reads.
/// Only the events of the page that is being written are in memory. A client that reads too slowly delays only its own stream, until
/// `WriteWatch` closes the connection.
struct EventStream: Sendable {
    /// The position after which the stream begins.
    let start: Int64
    let filter: EventFilter
    let pages: EventPages
    /// Wakes the stream after commits.
    let journal: Journal
    let streams: EventStreams
    /// The place among the open streams, which is released with the stream.
    let place: EventStreams.Place
    let reader: Operator
    /// Whether the reader may read on; asked at least once a second.
    let isAdmitted: @Sendable () -> Bool
    let logger: Logger

    /// How often the journal is read without a commit of this process, since another process may have stored something.
    private static let recheck = Duration.seconds(1)
    /// The pause between two pages of a client that is behind, which leaves the processor to webhooks.
    private static let pauseBetweenPages = Duration.milliseconds(5)

    /// Sends events until the client disconnects, the gateway shuts down, or the client reads too slowly.
    func send(to writer: any ResponseBodyWriter, of request: Request) async throws {
        let (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
        let connection = OpenConnection.current
        let ending = StreamEnding(wake)
        let verdict = await connection?.verdict()
        var output = StreamOutput(writer: writer, position: start)
        logger.info("event stream opened", metadata: ["operator.name": "\(reader.name)", "stream.position": .stringConvertible(start)])
        defer { close(output, ending, verdict) }
        try await withGracefulShutdownHandler {
            guard let connection else { return try await follow(wakes, ending, &output) }
            try await request.body.consumeWithInboundCloseHandler { _ in
                try await follow(wakes, ending, &output)
            } onInboundClosed: {
                ending.note(.client)
                connection.close()
            }
        } onGracefulShutdown: {
            ending.note(.shutdown)
            // A client that does not read would delay the end.
            connection?.closeUnlessRead()
        }
    }

    private func close(_ output: StreamOutput, _ ending: StreamEnding, _ verdict: WriteWatch.Verdict?) {
        // If a connection is closed because it was too slow, its stream ends as if the client had closed it.
        let noted = ending.reason ?? .client
        let reason = noted == .client && verdict?.isTooSlow == true ? .slow : noted
        if reason == .slow { streams.countDropped() }
        logger.log(
            level: reason == .slow ? .notice : .info, "event stream closed",
            metadata: [
                "operator.name": "\(reader.name)", "stream.position": .stringConvertible(output.position),
                "stream.events": .stringConvertible(output.events),
                "reason": "\(reason.rawValue)",
            ])
    }

    private func follow(_ wakes: AsyncStream<Void>, _ ending: StreamEnding, _ output: inout StreamOutput) async throws {
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask {
                while !Task.isCancelled {
                    ending.wake()
                    try? await Task.sleep(for: Self.recheck)
                }
            }
            try await output.begin()
            for await _ in wakes {
                try await sendWhatIsNew(ending, &output)
                try await output.showLife()
            }
            try await output.finish()
            group.cancelAll()
        }
    }

    /// Sends everything that is stored so far. A commit after that wakes the stream.
    private func sendWhatIsNew(_ ending: StreamEnding, _ output: inout StreamOutput) async throws {
        journal.onNextCommit(for: ending) { ending.wake() }
        let moment = ContinuousClock.now
        while ending.reason == nil {
            guard isAdmitted() else { return ending.note(.signedOut) }
            let page: EventPage?
            do throws(JournalError) {
                page = try await pages.page(after: output.position, since: moment, isFirst: output.isFirst, pause: Self.pause)
            } catch {
                ending.note(.journal)
                logger.info("the events of a stream could not be read from the journal", metadata: ["error": "\(error)"])
                return
            }
            guard let page else { return try await output.writeEnd() }
            let before = output.position
            let sent = try await output.write(page.content, filter, lines: page.lines)
            streams.count(sent: sent)
            guard output.position > before else { return }
            try await output.showLife()
            if page.content.hasMore, !page.content.items.isEmpty { await Self.pause(Self.pauseBetweenPages) }
        }
    }

    private static func pause(_ time: Duration) async {
        if let connection = OpenConnection.current { await connection.pause(for: time) } else { try? await Task.sleep(for: time) }
    }
}

/// Why a stream ends, and the signals that wake it: a commit, a second without one, or its end.
final class StreamEnding: Sendable {
    /// The reason as logged.
    enum Reason: String {
        case client = "the client closed the connection"
        case shutdown = "the gateway stops"
        case slow = "the client did not read fast enough"
        case journal = "the journal could not be read"
        case signedOut = "the console's session ended, or the operator's token was removed"
    }

    private let wakes: AsyncStream<Void>.Continuation
    private let noted = Mutex<Reason?>(nil)

    init(_ wakes: AsyncStream<Void>.Continuation) { self.wakes = wakes }

    /// Nil while the stream continues, and if only a failed write ended it.
    var reason: Reason? { noted.withLock { $0 } }

    /// Ends the stream after the current write; only the first reason counts.
    func note(_ reason: Reason) {
        noted.withLock { $0 = $0 ?? reason }
        wakes.finish()
    }

    func wake() { wakes.yield() }
}
