/// How long connecting may take and how soon a dead peer is noticed.
public struct PostgresLimits: Sendable, Equatable {
    /// TCP, TLS and authentication together; looking the name up comes before and is not counted.
    public var connectTimeout: Duration

    /// Silence after which TCP asks whether the other side is there; it is taken for dead after three times a third of this more.
    public var keepalive: Duration

    public init(connectTimeout: Duration = .seconds(10), keepalive: Duration = .seconds(30)) {
        self.connectTimeout = connectTimeout
        self.keepalive = keepalive
    }
}
