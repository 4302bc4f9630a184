import HTTPTransport
import JSON
import Logging
import Synchronization

/// What a collector's answer means for a batch (OpenTelemetry, "OpenTelemetry Protocol Specification", OTLP/HTTP Response, read
/// 2026-11-28).
enum CollectorAnswer: Equatable {
    /// The batch is done. The collector rejected so many of its spans for good; `message` says why, if it does.
    case accepted(rejected: Int, message: String?)
    /// The batch would be refused again.
    case refused(reason: String)
    /// The batch may be accepted later, after the time that the collector asks for.
    case unavailable(reason: String, asked: Duration?)

    init(_ response: IncomingResponse) {
        switch response.status {
        case 200..<300:
            let partial = (try? JSON(parsing: response.body))?["partialSuccess"]
            self = .accepted(
                rejected: partial?["rejectedSpans"].stringOrNumber.flatMap { Int($0) } ?? 0,
                message: partial?["errorMessage"].string.map { String($0.prefix(200)) })
        case 429, 502, 503, 504:
            let asked = response.header("retry-after").flatMap { Int($0) }.flatMap { $0 >= 0 ? Duration.seconds(min($0, 3600)) : nil }
            self = .unavailable(reason: "HTTP status \(response.status)", asked: asked)
        default: self = .refused(reason: "HTTP status \(response.status)")
        }
    }
}

/// Logs once that spans are lost or wait, and once that they are accepted again.
final class CollectorOutage: Sendable {
    private let logger: Logger
    private let isOn = Mutex(false)

    init(_ logger: Logger) { self.logger = logger }

    func began(_ reason: String) {
        guard change(to: true) else { return }
        logger.warning(
            "spans could not be sent to the collector",
            metadata: [
                "reason": "\(reason)", "setting": "tracing.endpoint", "consequence": "traces have gaps; webhooks are not affected",
            ])
    }

    func ended() {
        guard change(to: false) else { return }
        logger.notice("spans are sent to the collector again")
    }

    /// Whether this is news.
    private func change(to value: Bool) -> Bool {
        isOn.withLock { isOn in
            defer { isOn = value }
            return isOn != value
        }
    }
}
