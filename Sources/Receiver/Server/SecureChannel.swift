import HummingbirdCore
import HummingbirdTLS
import Logging
import NIOCore
import Synchronization

/// A connection under TLS, with the certificate that is current when the connection begins.
struct SecureChannel: ServerChildChannel {
    private let base: ConnectionChannel
    private let identity: TLSIdentity
    private let current: Current

    private final class Current: Sendable {
        let channel: Mutex<(version: Int, TLSChannel<ConnectionChannel>)>

        init(_ version: Int, _ channel: TLSChannel<ConnectionChannel>) { self.channel = Mutex((version, channel)) }
    }

    init(_ base: ConnectionChannel, _ identity: TLSIdentity) throws {
        self.base = base
        self.identity = identity
        let latest = identity.current
        current = Current(latest.version, try Self.channel(base, latest))
    }

    func setup(channel: any Channel, logger: Logger) -> EventLoopFuture<HTTP1Channel.Value> {
        latest(logger).setup(channel: channel, logger: logger)
    }

    func handle(value: HTTP1Channel.Value, logger: Logger) async { await base.handle(value: value, logger: logger) }

    private static func channel(_ base: ConnectionChannel, _ current: TLSIdentity.Current) throws -> TLSChannel<ConnectionChannel> {
        var base = base
        base.authoritiesVersion = current.authoritiesVersion
        return try TLSChannel(base, tlsConfiguration: current.configuration)
    }

    /// The channel for the current identity. It is only created again if the identity has changed, since that costs more than a handshake.
    private func latest(_ logger: Logger) -> TLSChannel<ConnectionChannel> {
        let latest = identity.current
        return current.channel.withLock { current in
            guard current.version != latest.version else { return current.1 }
            do {
                current = (latest.version, try Self.channel(base, latest))
            } catch {
                // This is unexpected: the identity was tested before it became current.
                logger.error(
                    "a new TLS certificate cannot be used for connections: the previous one stays in use", metadata: ["error": "\(error)"])
                current.version = latest.version
            }
            return current.1
        }
    }
}
