import Logging
import Messaging
import Metrics
import NIOCore
import Spans
import Telemetry

/// What limits the connections and requests of a server, shared by all connections: limits, rates, and counts of refusals.
public final class Edge: Sendable {
    /// The limits that an operator sets.
    public struct Limits: Sendable {
        /// The most open connections; beyond it only probes are answered.
        public var connections: Int
        /// The most open connections of one address; loopback and trusted proxies are exempt.
        public var connectionsPerAddress: Int
        /// The most bytes of bodies in memory, over all connections.
        public var bodyMemory: Int
        /// The most requests per second of one address, except loopback; nil for no limit.
        public var addressRate: Int?
        public var trustedProxies: TrustedProxies

        public init(
            connections: Int = 10_000, connectionsPerAddress: Int = 1000, bodyMemory: Int = 256 << 20, addressRate: Int? = nil,
            trustedProxies: TrustedProxies = TrustedProxies()
        ) {
            self.connections = connections
            self.connectionsPerAddress = connectionsPerAddress
            self.bodyMemory = bodyMemory
            self.addressRate = addressRate
            self.trustedProxies = trustedProxies
        }
    }

    let limits: Limits
    let connections: ConnectionLimit
    let bodies: BodyMemory
    let addressRates: AddressRates?
    /// The metrics that `/metrics` shows, and in which routes count their answers.
    let metrics: PrometheusMetrics
    let counts: EdgeCounts
    /// The spans of requests and of their steps.
    let spans: Spans
    let logger: Logger

    /// The logger reports reached limits, each at most once per minute, and items that cannot be read. Requests are traced in `spans`.
    public init(
        _ limits: Limits = Limits(), metrics: PrometheusMetrics = PrometheusMetrics(), spans: Spans = .off,
        logger: Logger = Logger(label: "edge", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.limits = limits
        self.metrics = metrics
        self.spans = spans
        self.logger = logger
        counts = EdgeCounts(metrics)
        bodies = BodyMemory(limit: limits.bodyMemory)
        addressRates = limits.addressRate.map { AddressRates(perSecond: $0) }
        connections = ConnectionLimit(limits, counts: counts, logger: logger)
    }

    /// Makes a server's listening channel apply the limits to new connections.
    public func admit(connectionsOf channel: any NIOCore.Channel) async throws {
        try await channel.eventLoop.submit { [connections] in
            try channel.pipeline.syncOperations.addHandler(AcceptGate(connections), position: .first)
        }.get()
    }

    /// The time of a clock that never steps back, for rates.
    static var monotonicNow: Instant { Instant(milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)) }
}
