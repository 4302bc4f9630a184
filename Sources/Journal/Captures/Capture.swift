import Messaging

/// A delivery with where it was read and what is known of it: what every source of a replay gives and every sink takes.
public struct Capture: Sendable, Equatable {
    /// Where it was read.
    public var origin: CaptureOrigin
    /// The delivery itself, byte for byte. Of the headers a journal has those that were kept: of `x-session-token` only that there was one.
    public var delivery: Delivery
    /// Whether its source says when it was received; where it does not, the delivery has the time at which it was read.
    public var isDated: Bool
    /// What became of it when it was received.
    public var state: State
    /// Why it was refused; nil for one that was not, and where nobody wrote it down.
    public var refusal: Refusal?
    /// The phone, in E.164, of the session that proved it; nil where the delivery came without a session's token or nothing tells.
    public var person: String?
    /// The id that a file has for it, as it is written there; nil for a journal's row, whose id is a part of its origin.
    public var fileID: String?

    /// A delivery at its location, of which nothing else is known unless told.
    public init(
        _ delivery: Delivery, at origin: CaptureOrigin = .none, fileID: String? = nil, isDated: Bool = true, state: State = .accepted,
        refusal: Refusal? = nil, person: String? = nil
    ) {
        self.origin = origin
        self.delivery = delivery
        self.isDated = isDated
        self.state = state
        self.refusal = refusal
        self.person = person
        self.fileID = fileID
    }

    /// The id under which it was kept, as text; nil where its source names none.
    public var deliveryID: String? {
        if case .row(let id, _) = origin.location { id.description } else { fileID }
    }

    /// The id under which a journal keeps it; where its source names none, one that no journal has.
    public var id: DeliveryID {
        knownID ?? DeliveryID(milliseconds: 0, sequence: 0, random: UInt64(bitPattern: Int64(origin.hashValue)))
    }

    /// The id under which a journal keeps it; nil where its source names none.
    var knownID: DeliveryID? {
        if case .row(let id, _) = origin.location { id } else { fileID.flatMap { DeliveryID($0) } }
    }

    /// Its position in the order of its journal's commits, larger than of every delivery before it; 0 for a refused one and for a file's.
    public var position: Int64 {
        if case .row(_, let position) = origin.location { position } else { 0 }
    }

    /// Whether a session's token proved it, rather than a signature.
    public var isByToken: Bool { delivery.header(SessionToken.header) != nil && delivery.header("webhook-signature") == nil }

    /// What became of a delivery.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// It was stored, and nothing of it waits for anybody.
        case accepted
        /// It was stored, and has a dead letter that is not resolved.
        case deadLetter = "dead_letter"
        /// Its sender was told that it is wrong.
        case refused
    }

    /// What a refused sender was answered.
    public struct Refusal: Sendable, Equatable {
        /// The HTTP status.
        public var status: Int
        /// As its sender read it.
        public var reason: String

        /// An answer.
        public init(status: Int, reason: String) {
            self.status = status
            self.reason = reason
        }
    }
}

/// Where a capture stands: `captures.jsonl: line 3`, `traffic.har: entry 4 (line 210)`, `a.http`, `journal.sqlite: delivery 01a2…`.
public struct CaptureOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The file's path as it was named; `standard input`, or the journal's path.
    public var path: String
    /// The location in it.
    public var location: Location

    /// A location in a file or journal, or a file that is one capture.
    public init(_ path: String, _ location: Location = .whole) {
        self.path = path
        self.location = location
    }

    /// Of a delivery that was read nowhere.
    public static let none = CaptureOrigin("")

    /// A location in a file or a journal.
    public enum Location: Sendable, Hashable, CustomStringConvertible {
        /// The file is one capture, or it is not known where in it.
        case whole
        /// A line of JSON Lines, counted from 1.
        case line(Int)
        /// An entry of a HAR file, counted from 0, with the line on which it begins.
        case entry(Int, line: Int)
        /// A row of a journal, or a part of one of its blocks; the position is 0 for a refused delivery.
        case row(DeliveryID, position: Int64)

        /// `line 3`, `entry 4 (line 210)`, `delivery 01a2…`; empty for a whole file.
        public var description: String {
            switch self {
            case .whole: ""
            case .line(let number): "line \(number)"
            case .entry(let index, let line): "entry \(index) (line \(line))"
            case .row(let id, _): "delivery \(id)"
            }
        }
    }

    /// Path and location.
    public var description: String { location == .whole ? path : "\(path): \(location)" }
}

/// A capture and what an adapter reads out of it.
public struct ReadCapture: Sendable, Equatable {
    /// The capture.
    public var capture: Capture
    /// In the adapter's order; of a body that it cannot read at all, what the gateway would keep of it.
    public var events: [Event]

    /// A capture with its events.
    public init(_ capture: Capture, _ events: [Event]) {
        self.capture = capture
        self.events = events
    }
}
