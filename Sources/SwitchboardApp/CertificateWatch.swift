import Logging
import Receiver
import ServiceLifecycle

/// Reloads the server's certificate when its files change.
struct CertificateWatch: Service {
    private let identity: TLSIdentity
    private let logger: Logger

    private static let pause: Duration = .seconds(2)

    init(_ identity: TLSIdentity, logger: Logger) {
        self.identity = identity
        self.logger = logger
    }

    func run() async {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                // Throws if the task is cancelled, which ends the loop.
                try? await Task.sleep(for: Self.pause)
                reload()
            }
        }
    }

    private func reload() {
        do throws(TLSError) {
            guard try identity.reload() else { return }
            logger.notice("the server's TLS certificate was reloaded", metadata: ["tls.expires_at": "\(identity.expiresAt)"])
        } catch {
            logger.error(
                "the server's new TLS certificate cannot be used: the previous one stays in use",
                metadata: ["error": "\(error)", "setting": "server.tls"])
        }
    }
}
