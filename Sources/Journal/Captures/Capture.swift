import Messaging

/// A delivery with its origin and what is known about it. Every source of a replay produces captures, and every sink takes them.
public struct Capture: Sendable, Equatable {
    /// The file or journal from which it was read.
    public var origin: CaptureOrigin
    /// The delivery itself, byte for byte. A journal has only the headers that were kept, and of `x-session-token` only that there was one.
    public var delivery: Delivery
    /// Whether its source has the time of receipt; otherwise the delivery has the time at which it was read.
    public var isDated: Bool
    /// The result of its receipt.
    public var state: State
    /// Why it was refused; nil if it was not refused, or if the reason was not recorded.
    public var refusal: Refusal?
    /// The phone, in E.164, of the session whose token authenticated it; nil if the delivery came without such a token, or if its session
    /// is unknown.
    public var person: String?
    /// The id that a file has for it, as written there; nil for a row of a journal, whose id is part of the origin.
    public var fileID: String?

    /// Makes a capture of a delivery; all other facts have defaults.
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

    /// The id under which it was kept, as text; nil if its source has no id.
    public var deliveryID: String? {
        if case .row(let id, _) = origin.location { id.description } else { fileID }
    }

    /// The id under which a journal keeps it; if its source has no id, one that no journal uses.
    public var id: DeliveryID {
        knownID ?? DeliveryID(milliseconds: 0, sequence: 0, random: UInt64(bitPattern: Int64(origin.hashValue)))
    }

    /// The id under which a journal keeps it; nil if its source has no id.
    var knownID: DeliveryID? {
        if case .row(let id, _) = origin.location { id } else { fileID.flatMap { DeliveryID($0) } }
    }

    /// Its position in the order of its journal's commits, larger than that of every earlier delivery; 0 if it was refused or comes from a
    /// file.
    public var position: Int64 {
        if case .row(_, let position) = origin.location { position } else { 0 }
    }

    /// Whether it was authenticated by a session's token rather than a signature.
    public var isByToken: Bool { delivery.header(SessionToken.header) != nil && delivery.header("webhook-signature") == nil }

    /// The result of a delivery's receipt.
    public enum State: String, Sendable, Hashable, CaseIterable {
        /// The delivery was stored, and needs no attention.
        case accepted
        /// The delivery was stored, and has an unresolved dead letter.
        case deadLetter = "dead_letter"
        /// The delivery was refused with an error.
        case refused
    }

    /// The answer to a refused delivery.
    public struct Refusal: Sendable, Equatable {
        /// The HTTP status.
        public var status: Int
        /// The reason that the answer gave.
        public var reason: String

        /// Makes a refusal of the answer's status and reason.
        public init(status: Int, reason: String) {
            self.status = status
            self.reason = reason
        }
    }
}

/// The origin of a capture: `captures.jsonl: line 3`, `traffic.har: entry 4 (line 210)`, `a.http`, `journal.sqlite: delivery 01a2…`.
public struct CaptureOrigin: Sendable, Hashable, CustomStringConvertible {
    /// The file's path as the user gave it, `standard input`, or the journal's path.
    public var path: String
    /// The location within the file or journal.
    public var location: Location

    /// Makes an origin of a path and a location; without a location, the whole file is the capture.
    public init(_ path: String, _ location: Location = .whole) {
        self.path = path
        self.location = location
    }

    /// The origin of a delivery that was not read from anything.
    public static let none = CaptureOrigin("")

    /// A location in a file or a journal.
    public enum Location: Sendable, Hashable, CustomStringConvertible {
        /// The whole file is the capture, or the location within it is unknown.
        case whole
        /// A line of JSON Lines, counted from 1.
        case line(Int)
        /// An entry of a HAR file, counted from 0, with the line on which it begins.
        case entry(Int, line: Int)
        /// A row of a journal, or an entry of one of its blocks; the position is 0 for a refused delivery.
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

    /// The path, with the location if there is one.
    public var description: String { location == .whole ? path : "\(path): \(location)" }
}

/// A capture with the events that an adapter reads from it.
public struct ReadCapture: Sendable, Equatable {
    /// The capture.
    public var capture: Capture
    /// The events in the adapter's order; if the adapter cannot read the body at all, the dead letter that the gateway would keep.
    public var events: [Event]

    /// Makes a capture with its events.
    public init(_ capture: Capture, _ events: [Event]) {
        self.capture = capture
        self.events = events
    }
}
