import HTTPTransport
import JSON
import Messaging

/// What became of a capture in a replay, or of what stands in the place of one.
public enum ReplayOutcome: Sendable, Equatable {
    /// A gateway or a journal took it, now or before.
    case taken(ReplayCounts)
    /// An adapter read it, and nothing was sent or stored.
    case read
    /// A gateway refused it, or would.
    case refused(ReplayRefusal)
    /// It is no capture, or none of an account that there is.
    indirect case problem(CaptureProblem)
    /// It was not asked for.
    case skipped
    /// The replay was stopped before its turn: nothing became of it yet.
    case stopped

    /// Whether everything in it was taken, now or before.
    public var isSuccess: Bool {
        switch self {
        case .taken(let counts): counts.rejected == 0
        case .read, .skipped: true
        case .refused, .problem, .stopped: false
        }
    }

    init(_ response: IncomingResponse) {
        let body = try? JSON(parsing: response.body)
        self =
            (200...299).contains(response.status) ? .taken(ReplayCounts(response, body)) : .refused(ReplayRefusal(response, problem: body))
    }
}

/// How many items of deliveries became of what; all zero where the answer does not say.
public struct ReplayCounts: Sendable, Equatable {
    /// New ones, and messages that completed a stored one.
    public var accepted = 0
    /// Taken before.
    public var duplicates = 0
    /// Those that say something else than the stored one of their id, and whose delivery is kept.
    public var differing = 0
    /// Unreadable, and kept as dead letters.
    public var rejected = 0
    /// Why items of one delivery were rejected, the first few; empty in sums, and where the answer does not say.
    public var reasons: [String] = []

    /// As many reasons as are told of one delivery.
    static let mostReasons = 5

    /// None, unless told.
    public init(accepted: Int = 0, duplicates: Int = 0, rejected: Int = 0, differing: Int = 0, reasons: [String] = []) {
        self.reasons = Array(reasons.prefix(Self.mostReasons))
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
        self.differing = differing
    }

    /// Of an answer in a provider's own form, what the header beside it says.
    init(_ response: IncomingResponse, _ body: JSON?) {
        if let header = response.header(DeliveryOutcome.header) {
            let outcome = DeliveryOutcome(header: header)
            self.init(
                accepted: outcome.accepted, duplicates: outcome.duplicates, rejected: outcome.rejected, differing: outcome.differing)
        } else {
            self.init(body)
        }
    }

    private init(_ body: JSON?) {
        func count(_ name: StaticString) -> Int { body?[name].int.flatMap(Int.init(exactly:)) ?? 0 }
        self.init(
            accepted: count("accepted"), duplicates: count("duplicates"),
            rejected: (body?["rejected"].count ?? 0) + count("not_listed"), differing: count("differing"),
            reasons: body?["rejected"].elements.prefix(Self.mostReasons).compactMap { item in
                item["reason"].string.map { reason in item["field"].string.map { "\($0) \(reason)" } ?? reason }
            } ?? [])
    }

    /// Adds those of another delivery.
    public static func += (sum: inout ReplayCounts, counts: ReplayCounts) {
        sum.accepted += counts.accepted
        sum.duplicates += counts.duplicates
        sum.differing += counts.differing
        sum.rejected += counts.rejected
    }
}

/// An answer other than 2xx, or what would be one.
public struct ReplayRefusal: Sendable, Equatable, CustomStringConvertible {
    /// The HTTP status; 0 where nothing answered.
    public var status: Int
    /// The problem's detail or else its title (RFC 9457), else the first line of the body.
    public var detail: String
    /// The header Retry-After in seconds, where it has one.
    public var retryAfter: Int?

    /// An answer.
    public init(status: Int, detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// Whether it may be taken later: 429 and 503.
    var isForNow: Bool { status == 429 || status == 503 }

    init(_ response: IncomingResponse, problem: JSON?) {
        let text = String(decoding: response.body.prefix(200), as: UTF8.self)
        status = response.status
        retryAfter = response.header("retry-after").flatMap { Int($0) }
        detail =
            problem?["detail"].string ?? problem?["title"].string ?? text.split(whereSeparator: \.isNewline).first.map(String.init) ?? ""
    }

    /// `401 the header … is missing`.
    public var description: String { status == 0 ? detail : detail.isEmpty ? "\(status)" : "\(status) \(detail)" }
}
