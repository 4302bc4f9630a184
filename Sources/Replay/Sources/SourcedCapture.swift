import Journal
import Messaging

/// A delivery that was read from a source, with where it stands there.
public struct SourcedCapture: Sendable, Equatable {
    /// Where it was read.
    public var origin: CaptureOrigin
    /// The delivery and what is known of it.
    public var line: CaptureLine
    /// Whether the source says when it was received; where it does not, the delivery has the time of the replay.
    public var isDated: Bool
    /// Its position in the journal that it was read from; 0 where it was read from elsewhere.
    public var position: Int64

    /// A delivery at its place.
    public init(_ line: CaptureLine, at origin: CaptureOrigin, isDated: Bool = true, position: Int64 = 0) {
        self.position = position
        self.line = line
        self.origin = origin
        self.isDated = isDated
    }

    /// The delivery itself.
    public var delivery: Delivery { line.delivery }
}

/// Where a capture stands: `captures.jsonl: line 3`, `traffic.har: entry 4 (line 210)`, `Webhooks/a.http`.
public struct CaptureOrigin: Sendable, Equatable, CustomStringConvertible {
    /// The file's path; `standard input`, or the journal's path.
    public var path: String
    /// The place in it; empty where the file is one capture.
    public var place: String

    /// A place in a file that holds many captures, or a file that is one.
    public init(_ path: String, place: String = "") {
        self.path = path
        self.place = place
    }

    /// Path and place.
    public var description: String { place.isEmpty ? path : "\(path): \(place)" }
}

/// What cannot be taken of a source, and where it stands.
public struct CaptureProblem: Error, Equatable, CustomStringConvertible {
    /// File, and line or entry.
    public var origin: CaptureOrigin
    /// What is wrong there.
    public var reason: String

    /// A problem at its place.
    public init(_ origin: CaptureOrigin, _ reason: String) {
        self.origin = origin
        self.reason = reason
    }

    /// `captures.jsonl: line 3: it is no JSON: …`.
    public var description: String { "\(origin): \(reason)" }
}

/// What a source yields.
public struct SourceItem: Sendable, Equatable {
    /// What is there.
    public var content: Content
    /// Where reading goes on after it.
    public var end: SourcePoint

    /// What a source may hold.
    public enum Content: Sendable, Equatable {
        case capture(SourcedCapture)
        case problem(CaptureProblem)
        /// Not asked for: a request to another path, a delivery outside the filter.
        case skipped
    }
}

/// A place in a source: what a resumed replay begins after.
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
