import HTTPTransport
import JSON
import Messaging

/// The outcome of a capture in a replay, or of a source item that is not a capture.
public enum ReplayOutcome: Sendable, Equatable {
    /// A gateway or a journal accepted it, now or before.
    case taken(ReplayCounts)
    /// An adapter read it, and nothing was sent or stored.
    case read
    /// A gateway refused it, or would refuse it.
    case refused(ReplayRefusal)
    /// It is not a capture, or its account is not configured.
    indirect case problem(CaptureProblem)
    /// The filter excludes it.
    case skipped
    /// The replay was stopped before its turn; nothing has happened to it yet.
    case stopped

    /// Whether all its items were accepted, now or before.
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

/// The outcomes of a delivery's items, or their sums; all zero if the answer does not report them.
public struct ReplayCounts: Sendable, Equatable {
    /// New items, and messages that completed a stored one.
    public var accepted = 0
    /// Items that were stored before.
    public var duplicates = 0
    /// Items whose content differs from the stored item with the same id; their delivery is kept.
    public var differing = 0
    /// Unreadable items, kept as dead letters.
    public var rejected = 0
    /// The first reasons for rejected items of one delivery; empty in sums, and if the answer does not give them.
    public var reasons: [String] = []

    /// The largest number of reasons reported per delivery.
    static let mostReasons = 5

    /// All zero by default.
    public init(accepted: Int = 0, duplicates: Int = 0, rejected: Int = 0, differing: Int = 0, reasons: [String] = []) {
        self.reasons = Array(reasons.prefix(Self.mostReasons))
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
        self.differing = differing
    }

    /// Reads the counts from the header that accompanies an answer in a provider's own format, otherwise from the body.
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

    /// Adds the counts of another delivery.
    public static func += (sum: inout ReplayCounts, counts: ReplayCounts) {
        sum.accepted += counts.accepted
        sum.duplicates += counts.duplicates
        sum.differing += counts.differing
        sum.rejected += counts.rejected
    }
}

/// An answer other than 2xx, or the one that a gateway would give.
public struct ReplayRefusal: Sendable, Equatable, CustomStringConvertible {
    /// The HTTP status; 0 if there was no answer.
    public var status: Int
    /// The problem's detail, or its title (RFC 9457), or the first line of the body.
    public var detail: String
    /// The header Retry-After in seconds, if it has that form.
    public var retryAfter: Int?

    /// A refusal with its status.
    public init(status: Int, detail: String, retryAfter: Int? = nil) {
        self.status = status
        self.detail = detail
        self.retryAfter = retryAfter
    }

    /// Whether a later attempt may succeed: 429 and 503.
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
