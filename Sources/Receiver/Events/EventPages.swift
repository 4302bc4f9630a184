import Journal
import Messaging
import NIOCore
import Synchronization

/// A page of the journal as streams send it. All streams that are up to date share its bytes.
struct EventPage: Sendable {
    /// The position after which the page begins.
    let start: Int64
    let content: StreamPage<StreamedEvent>
    /// The lines of all events; each event's own lines are a part of them.
    let lines: ByteBuffer

    /// Gathers the lines of the events, once for all streams.
    init(_ page: StreamPage<StreamedEvent>, after start: Int64) {
        var lines = ByteBuffer()
        lines.reserveCapacity(page.items.reduce(0) { $0 + $1.lines.readableBytes })
        for event in page.items { lines.writeImmutableBuffer(event.lines) }
        var whole = lines
        let items = page.items.map { $0.replacingLines(whole.readSlice(length: $0.lines.readableBytes)) }
        self.init(
            start: start, content: StreamPage(items: items, end: page.end, missing: page.missing, hasMore: page.hasMore), lines: lines)
    }

    private init(start: Int64, content: StreamPage<StreamedEvent>, lines: ByteBuffer) {
        self.start = start
        self.content = content
        self.lines = lines
    }

    /// The part of the page after a position within it.
    func suffix(after position: Int64) -> EventPage {
        guard position > start else { return self }
        let passed = content.items.prefix { $0.position <= position }
        var rest = lines
        rest.moveReaderIndex(forwardBy: passed.reduce(0) { $0 + $1.lines.readableBytes })
        let content = StreamPage(
            items: Array(content.items.dropFirst(passed.count)), end: content.end, missing: content.missing, hasMore: content.hasMore)
        return EventPage(start: position, content: content, lines: rest)
    }
}

/// Reads the journal for all streams, one page at a time, so that streams occupy at most one of the journal's readers.
/// Each page at the end of the journal is read and converted to lines once, however many streams send it.
final class EventPages: Sendable {
    private let reader: JournalReader
    private let channels: [String: String]
    private let turns = Turns()
    private let recent = Mutex(RecentPages())

    /// The count of numbers that a page covers, and the approximate number of bytes of its rows.
    private static let limit = 200
    private static let byteLimit = 256 << 10

    init(_ journal: Journal) {
        reader = journal.reader
        let single = journal.configuration.adapters.filter { $0.channels.count == 1 }
        channels = Dictionary(single.map { ($0.kind.rawValue, $0.channels[0].rawValue) }) { first, _ in first }
    }

    /// The position of a stream that sends only what is stored from now on.
    func end() async throws(JournalError) -> Int64 { try await reader.lastSequence() }

    /// The page of events after a position; nil if the journal was read since `moment` and had nothing after the position.
    /// The end of the journal is read at most every 20 ms, so `pause` is called to wait for the next time. A stream that resumes gets its
    /// first page from the journal itself, so that it learns of rows that were deleted a moment ago.
    func page(
        after position: Int64, since moment: ContinuousClock.Instant, isFirst: Bool, pause: (Duration) async -> Void
    ) async throws(JournalError) -> EventPage? {
        while true {
            switch next(after: position, since: moment) {
            case .page where isFirst: return try await read(after: position) { true }
            case .page(let page): return page
            case .nothing: return nil
            case .wait(let time): await pause(time + .milliseconds(Int.random(in: 0...RecentPages.spread)))
            case .read(let start):
                let page = try await read(after: start) {
                    // Another stream may have read it meanwhile.
                    if case .read(start) = next(after: position, since: moment) { true } else { false }
                }
                if let page, start == position { return page }
            }
        }
    }

    private func next(after position: Int64, since moment: ContinuousClock.Instant) -> RecentPages.Step {
        recent.withLock { $0.next(after: position, since: moment, now: .now) }
    }

    /// Reads when it is this stream's turn, if that is still needed then; else nil.
    private func read(after start: Int64, if isNeeded: () -> Bool) async throws(JournalError) -> EventPage? {
        await turns.take()
        defer { turns.give() }
        guard isNeeded() else { return nil }
        let readAt = ContinuousClock.now
        let content = try await reader.streamed(after: start, limit: Self.limit, byteLimit: Self.byteLimit) { [channels] in
            StreamedEvent($0, channels: channels)
        }
        let page = EventPage(content, after: start)
        recent.withLock { $0.add(page, readAt: readAt) }
        return page
    }
}

/// The pages that were read last, each of which begins where the one before ends.
struct RecentPages {
    private var pages: [(page: EventPage, readAt: ContinuousClock.Instant)] = []
    private var bytes = 0
    /// The end of the last page; nil before the first.
    private var tip: Int64?
    /// When the reading after the tip, or of the last page, began.
    private var readAt = ContinuousClock.now
    private var hasMore = false

    /// What a stream does next.
    enum Step {
        case page(EventPage)
        /// The stream is up to date.
        case nothing
        /// The journal was read just now: wait this long, then ask again.
        case wait(Duration)
        /// Read the journal after this position.
        case read(Int64)
    }

    /// How long commits are collected before the end of the journal is read again.
    static let interval = Duration.milliseconds(20)
    /// The most milliseconds that a stream waits longer, so that streams do not all write at the same moment.
    static let spread = 20
    /// How long a page is used, since rows may be deleted.
    private static let age = Duration.seconds(1)
    private static let mostBytes = 4 << 20
    /// If a stream is this far beyond the last page, or beyond one that was read longer ago than this, the pages begin anew with it: no other
    /// stream is following the end of the journal.
    private static let farthest: (count: Int64, age: Duration) = (1_000, .milliseconds(100))

    /// What a stream at a position does, to which a page suffices that was read since a moment.
    mutating func next(after position: Int64, since moment: ContinuousClock.Instant, now: ContinuousClock.Instant) -> Step {
        guard let tip, now - readAt < Self.age, !isFar(position, from: tip, at: now) else { return .read(position) }
        if position < tip {
            dropFirst { now - $0 >= Self.age }
            guard let found = pages.first(where: { $0.page.content.end > position })?.page, found.start <= position,
                found.start == position || found.content.missing == 0
            else { return .read(position) }
            return .page(found.suffix(after: position))
        }
        if hasMore { return .read(tip) }
        // Beyond the end of the journal, the position itself is read, which finds that out.
        if readAt >= moment { return position == tip ? .nothing : .read(position) }
        let age = now - readAt
        return age < Self.interval ? .wait(Self.interval - age) : .read(tip)
    }

    /// Adds a page if it begins at the tip, or begins anew with it if there is no recent one.
    mutating func add(_ page: EventPage, readAt moment: ContinuousClock.Instant) {
        guard page.content.end >= page.start else { return }
        if page.start != tip {
            guard tip.map({ moment - readAt >= Self.age || isFar(page.start, from: $0, at: moment) }) ?? true else { return }
            dropFirst { _ in true }
        }
        if page.content.end > page.start {
            pages.append((page, moment))
            bytes += page.lines.readableBytes
        }
        (tip, readAt, hasMore) = (page.content.end, moment, page.content.hasMore)
        while bytes > Self.mostBytes, pages.count > 1 { dropFirst() }
    }

    private func isFar(_ position: Int64, from tip: Int64, at now: ContinuousClock.Instant) -> Bool {
        position > tip && (position - tip > Self.farthest.count || now - readAt >= Self.farthest.age)
    }

    private mutating func dropFirst(while isOver: (ContinuousClock.Instant) -> Bool) {
        while let first = pages.first, isOver(first.readAt) { dropFirst() }
    }

    private mutating func dropFirst() { bytes -= pages.removeFirst().page.lines.readableBytes }
}

/// Lets one task at a time pass, in the order of their arrival.
private final class Turns: Sendable {
    private let state = Mutex(State())

    private struct State {
        var isTaken = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }

    /// Waits for the turn. Every turn is short, so waiting does not react to cancellation.
    func take() async {
        await withCheckedContinuation { continuation in
            let isMine = state.withLock { state in
                guard state.isTaken else {
                    state.isTaken = true
                    return true
                }
                state.waiting.append(continuation)
                return false
            }
            if isMine { continuation.resume() }
        }
    }

    func give() {
        let next: CheckedContinuation<Void, Never>? = state.withLock { state in
            guard !state.waiting.isEmpty else {
                state.isTaken = false
                return nil
            }
            return state.waiting.removeFirst()
        }
        next?.resume()
    }
}
