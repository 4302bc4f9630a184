/// How long a session lives without activity.
public struct SessionPolicy: Sendable, Equatable {
    /// The timeout of channels that have none of their own.
    public var idleTimeout: Duration
    /// The timeouts of channels that have their own.
    public var idleTimeouts: [Channel: Duration]

    /// The default is 24 hours, WhatsApp's customer-service window.
    public init(idleTimeout: Duration = .seconds(86_400), idleTimeouts: [Channel: Duration] = [:]) {
        self.idleTimeout = idleTimeout
        self.idleTimeouts = idleTimeouts
    }

    /// The timeout of sessions that were opened on a channel.
    public func idleTimeout(of channel: Channel) -> Duration { idleTimeouts[channel] ?? idleTimeout }
}
