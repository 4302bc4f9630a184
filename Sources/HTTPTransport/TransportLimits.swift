/// How long a request may take and how much it may bring.
public struct TransportLimits: Sendable, Equatable {
    /// Name lookup, TCP and TLS together.
    public var connectTimeout: Duration

    /// From the call to the last byte of the answer, where the request says nothing else.
    public var totalTimeout: Duration

    /// Bytes of a response's body.
    public var responseBytes: Int

    public init(connectTimeout: Duration = .seconds(10), totalTimeout: Duration = .seconds(30), responseBytes: Int = 16 << 20) {
        self.connectTimeout = connectTimeout
        self.totalTimeout = totalTimeout
        self.responseBytes = responseBytes
    }
}
