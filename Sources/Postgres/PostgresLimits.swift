/// How long connecting may take, how soon a dead peer is noticed and how much a server may say.
public struct PostgresLimits: Sendable, Equatable {
    /// TCP, TLS and authentication together; looking the name up comes before and is not counted.
    public var connectTimeout: Duration

    /// Silence after which TCP asks whether the other side is there; it is taken for dead after three times a third of this more.
    public var keepalive: Duration

    /// Bytes that a server may send while a connection is made, and then as the answer to each query.
    public var answerBytes: Int

    public init(connectTimeout: Duration = .seconds(10), keepalive: Duration = .seconds(30), answerBytes: Int = 16 << 20) {
        self.connectTimeout = connectTimeout
        self.keepalive = keepalive
        self.answerBytes = answerBytes
    }
}
