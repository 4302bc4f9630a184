/// Limits for the time to connect, the detection of dead peers and the size of answers.
public struct PostgresLimits: Sendable, Equatable {
    /// For TCP, TLS and authentication together; resolving the host's name comes before and does not count.
    public var connectTimeout: Duration

    /// The idle time after which TCP probes the peer, which counts as dead after three more probes, each a third of this time apart.
    public var keepalive: Duration

    /// The largest number of bytes that a server may send while a connection is opened, and then per answer.
    public var answerBytes: Int

    public init(connectTimeout: Duration = .seconds(10), keepalive: Duration = .seconds(30), answerBytes: Int = 16 << 20) {
        self.connectTimeout = connectTimeout
        self.keepalive = keepalive
        self.answerBytes = answerBytes
    }
}
