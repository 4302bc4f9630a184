import Journal
import Messaging

/// What a source yields.
public struct SourceItem: Sendable, Equatable {
    /// What is there.
    public var content: Content
    /// Where reading goes on after it.
    public var end: SourcePoint

    /// What a source may hold.
    public enum Content: Sendable, Equatable {
        /// What a sink is to take.
        case capture(Capture)
        /// What no sink is asked about: a problem, or what was not asked for.
        case done(ReplayOutcome)
    }
}

/// Some neighbouring captures of a source, read but not parsed: parsing is done by whoever takes them, on as many threads as there are.
struct SourceChunk: Sendable {
    /// The number of its source, counted from 0.
    var source = 0
    /// Which of the captures are taken; nil where the source asked for no others.
    var filter: CaptureFilter?
    private let parse: @Sendable () -> [SourceItem]

    init(_ parse: @escaping @Sendable () -> [SourceItem]) { self.parse = parse }

    /// One item that is parsed already.
    init(_ item: SourceItem, of source: Int = 0) {
        self.init { [item] }
        self.source = source
    }

    /// The captures and problems in it, in order. What the filter leaves out is skipped, and so is all of a file where only a journal can
    /// tell.
    func items() -> [SourceItem] {
        var items = parse()
        guard let filter else { return items }
        for index in items.indices {
            guard case .capture(let capture) = items[index].content, filter.asksForItems || !filter.includes(capture) else { continue }
            items[index].content = .done(.skipped)
        }
        return items
    }
}

/// A position in a source: what a resumed replay begins after.
public struct SourcePoint: Sendable, Equatable, Comparable {
    /// Of a journal the position, of JSON Lines bytes, else 0.
    public var offset: Int64 = 0
    /// Lines, entries or files before it.
    public var count = 0

    /// The beginning, unless it says otherwise.
    public init(offset: Int64 = 0, count: Int = 0) {
        self.offset = offset
        self.count = count
    }

    /// By what was read before it.
    public static func < (one: SourcePoint, other: SourcePoint) -> Bool { (one.offset, one.count) < (other.offset, other.count) }
}

/// How far a replay is: everything before is done.
public struct ReplayPosition: Sendable, Equatable {
    /// The source's position among the sources.
    public var source: Int
    /// In that source.
    public var point: SourcePoint

    /// The beginning, unless it says otherwise.
    public init(source: Int = 0, point: SourcePoint = SourcePoint()) {
        self.source = source
        self.point = point
    }
}

/// What cannot be taken of a source, and where it stands.
public struct CaptureProblem: Error, Equatable, CustomStringConvertible {
    /// File, and line or entry.
    public var origin: CaptureOrigin
    /// What is wrong there.
    public var reason: String

    /// A problem at its location.
    public init(_ origin: CaptureOrigin, _ reason: String) {
        self.origin = origin
        self.reason = reason
    }

    /// `captures.jsonl: line 3: not valid JSON: …`.
    public var description: String { "\(origin): \(reason)" }
}
