/// How long a session lives without its person doing anything.
public struct SessionPolicy: Sendable, Equatable {
    /// The timeout of every channel that has none of its own.
    public var idleTimeout: Duration
    /// Channels that differ from `idleTimeout`.
    public var idleTimeouts: [Channel: Duration]

    /// The default is 24 hours, WhatsApp's customer-service window.
    public init(idleTimeout: Duration = .seconds(86_400), idleTimeouts: [Channel: Duration] = [:]) {
        self.idleTimeout = idleTimeout
        self.idleTimeouts = idleTimeouts
    }

    /// The timeout of sessions that were opened on a channel.
    public func idleTimeout(of channel: Channel) -> Duration { idleTimeouts[channel] ?? idleTimeout }
}
