import Journal
import Messaging

/// One item of a source.
public struct SourceItem: Sendable, Equatable {
    /// A capture, or an outcome that is already known.
    public var content: Content
    /// The position after the item.
    public var end: SourcePoint

    /// The content of an item.
    public enum Content: Sendable, Equatable {
        /// A capture for a sink.
        case capture(Capture)
        /// An item that no sink gets: a problem, or a capture that the filter excluded.
        case done(ReplayOutcome)
    }
}

/// Some adjacent captures of a source, read but not parsed. The consumer parses them, on several threads.
struct SourceChunk: Sendable {
    /// The number of its source, counted from 0.
    var source = 0
    /// Selects captures; nil if the source has already applied the filter.
    var filter: CaptureFilter?
    private let parse: @Sendable () -> [SourceItem]

    init(_ parse: @escaping @Sendable () -> [SourceItem]) { self.parse = parse }

    /// Items that are already parsed.
    init(_ items: [SourceItem], of source: Int = 0) {
        self.init { items }
        self.source = source
    }

    /// The captures and problems, in order. Captures that the filter excludes are skipped, and so are all captures of a file if only a
    /// journal can answer the filter.
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

/// A position in a source; a resumed replay begins after it.
public struct SourcePoint: Sendable, Equatable, Comparable {
    /// The position in a journal, the bytes of JSON Lines, otherwise 0.
    public var offset: Int64 = 0
    /// The number of lines, entries or files before it.
    public var count = 0

    /// The beginning by default.
    public init(offset: Int64 = 0, count: Int = 0) {
        self.offset = offset
        self.count = count
    }

    /// Compares how much was read before each.
    public static func < (one: SourcePoint, other: SourcePoint) -> Bool { (one.offset, one.count) < (other.offset, other.count) }
}

/// The position of a replay: everything before it is done.
public struct ReplayPosition: Sendable, Equatable {
    /// The index of the source.
    public var source: Int
    /// The position in that source.
    public var point: SourcePoint

    /// The beginning by default.
    public init(source: Int = 0, point: SourcePoint = SourcePoint()) {
        self.source = source
        self.point = point
    }
}

/// An item of a source that cannot be used, and its place.
public struct CaptureProblem: Error, Equatable, CustomStringConvertible {
    /// The file, and the line or entry.
    public var origin: CaptureOrigin
    /// What is wrong.
    public var reason: String

    /// A problem at its location.
    public init(_ origin: CaptureOrigin, _ reason: String) {
        self.origin = origin
        self.reason = reason
    }

    /// `captures.jsonl: line 3: not valid JSON: …`.
    public var description: String { "\(origin): \(reason)" }
}
