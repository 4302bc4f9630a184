import Logging
import Messaging
import Metrics
import NIOCore
import Telemetry

/// What bounds a server's connections and requests, shared by all of them: limits, rates, and what was turned away.
public final class Edge: Sendable {
    /// What an operator allows.
    public struct Limits: Sendable {
        /// Open connections; beyond it only probes are answered.
        public var connections: Int
        /// Open connections of one address, but for loopback and trusted proxies.
        public var connectionsPerAddress: Int
        /// Bytes of bodies held at once, over all connections.
        public var bodyMemory: Int
        /// Requests a second of one address, but for loopback; nil for any number.
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
    /// What `/metrics` shows, and where routes count what they answer.
    let metrics: PrometheusMetrics
    let counts: EdgeCounts
    let logger: Logger

    /// The logger says what an operator should know of the limits, at most once a minute each, and of items that cannot be read.
    public init(
        _ limits: Limits = Limits(), metrics: PrometheusMetrics = PrometheusMetrics(),
        logger: Logger = Logger(label: "edge", factory: { _ in SwiftLogNoOpLogHandler() })
    ) {
        self.limits = limits
        self.metrics = metrics
        self.logger = logger
        counts = EdgeCounts(metrics)
        bodies = BodyMemory(limit: limits.bodyMemory)
        addressRates = limits.addressRate.map { AddressRates(perSecond: $0) }
        connections = ConnectionLimit(limits, counts: counts, logger: logger)
    }

    /// Makes a server's listening channel admit connections by the limits.
    public func admit(connectionsOf channel: any NIOCore.Channel) async throws {
        try await channel.eventLoop.submit { [connections] in
            try channel.pipeline.syncOperations.addHandler(AcceptGate(connections), position: .first)
        }.get()
    }

    /// A moment on a clock that never steps back, for rates.
    static var monotonicNow: Instant { Instant(milliseconds: Int64(NIODeadline.now().uptimeNanoseconds / 1_000_000)) }
}
