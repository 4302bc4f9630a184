import Metrics
import Telemetry

/// Counts the connections and requests that were refused or cut off.
final class EdgeCounts: Sendable {
    /// The outcome of a connection or request; each has a place in `/metrics`.
    enum Event: Int, CaseIterable {
        case headerTooLate, bodyTooLate, idle, answerNotTaken
        case tooManyConnections, tooManyOfAddress, noDescriptors
        case malformed, unknownPath, unknownMethod, addressRate, accountRate, bodyMemory

        /// The event's counter, and its value of the label `reason`.
        var metric: (name: String, reason: String) {
            switch self {
            case .headerTooLate: ("switchboard_connections_closed_total", "header_timeout")
            case .bodyTooLate: ("switchboard_connections_closed_total", "body_timeout")
            case .idle: ("switchboard_connections_closed_total", "idle_timeout")
            case .answerNotTaken: ("switchboard_connections_closed_total", "write_timeout")
            case .tooManyConnections: ("switchboard_connections_refused_total", "max_connections")
            case .tooManyOfAddress: ("switchboard_connections_refused_total", "connections_per_address")
            case .noDescriptors: ("switchboard_connections_refused_total", "descriptors")
            case .malformed: ("switchboard_requests_refused_total", "malformed")
            case .unknownPath: ("switchboard_requests_refused_total", "unknown_path")
            case .unknownMethod: ("switchboard_requests_refused_total", "unknown_method")
            case .addressRate: ("switchboard_requests_refused_total", "address_rate")
            case .accountRate: ("switchboard_requests_refused_total", "account_rate")
            case .bodyMemory: ("switchboard_requests_refused_total", "body_memory")
            }
        }
    }

    private static let help = [
        "switchboard_connections_closed_total": "Connections closed because a timeout expired, by the reason.",
        "switchboard_connections_refused_total": "Connections closed, or limited to probes, because of a limit, by the reason.",
        "switchboard_requests_refused_total":
            "Requests refused before a route handled them: no route matches, or a limit or rule refuses them, by the reason.",
    ]

    /// The counters in the order of `Event.allCases`.
    private let counters: [Counter]

    init(_ metrics: some MetricsFactory) {
        counters = Event.allCases.map { event in
            let (name, reason) = event.metric
            return metrics.counter(name, Self.help[name, default: name], labels: [("reason", reason)])
        }
    }

    func add(_ event: Event) { counters[event.rawValue].increment() }
}
