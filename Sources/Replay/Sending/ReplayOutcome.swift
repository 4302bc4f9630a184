import HTTPTransport
import JSON
import Messaging

/// What a gateway said to a delivery that it was sent again.
public enum ReplayOutcome: Sendable, Equatable {
    case taken(ReplayCounts)
    case refused(ReplayRefusal)

    /// Whether everything in it was taken, now or before.
    public var isSuccess: Bool {
        switch self {
        case .taken(let counts): counts.rejected == 0
        case .refused: false
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
    public var accepted = 0
    /// Taken before.
    public var duplicates = 0
    /// Unreadable, and kept as dead letters.
    public var rejected = 0

    public init(accepted: Int = 0, duplicates: Int = 0, rejected: Int = 0) {
        self.accepted = accepted
        self.duplicates = duplicates
        self.rejected = rejected
    }

    /// Of an answer in a provider's own form, what the header beside it says.
    init(_ response: IncomingResponse, _ body: JSON?) {
        if let header = response.header(DeliveryOutcome.header) {
            let outcome = DeliveryOutcome(header: header)
            self.init(accepted: outcome.accepted, duplicates: outcome.duplicates, rejected: outcome.rejected)
        } else {
            self.init(body)
        }
    }

    private init(_ body: JSON?) {
        func count(_ name: StaticString) -> Int { body?[name].int.flatMap(Int.init(exactly:)) ?? 0 }
        self.init(accepted: count("accepted"), duplicates: count("duplicates"), rejected: body?["rejected"].count ?? 0)
    }

    public static func += (sum: inout ReplayCounts, counts: ReplayCounts) {
        sum.accepted += counts.accepted
        sum.duplicates += counts.duplicates
        sum.rejected += counts.rejected
    }
}

/// An answer other than 2xx.
public struct ReplayRefusal: Sendable, Equatable, CustomStringConvertible {
    public var status: Int
    /// The problem's detail or else its title (RFC 9457), else the first line of the body.
    public var detail: String
    /// The header Retry-After in seconds, where it has one.
    public var retryAfter: Int?

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

    public var description: String { status == 0 ? detail : detail.isEmpty ? "\(status)" : "\(status) \(detail)" }
}
