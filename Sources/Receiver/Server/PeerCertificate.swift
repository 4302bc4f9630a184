import NIOCore
import NIOSSL
import Signing
import Synchronization

/// The certificate of a connection's client, for accounts that require one.
final class PeerCertificate: Sendable {
    /// The certificate of the connection whose request the task answers; nil without TLS.
    @TaskLocal static var current: PeerCertificate?

    private let channel: any Channel
    private let name = Mutex<String?>(nil)

    init(_ channel: any Channel) { self.channel = channel }

    /// The common name of the certificate's subject; nil if there is no certificate. TLS has already verified its validity and its issuer.
    func commonName() async -> String? {
        if let name = name.withLock({ $0 }) { return name }
        let certificate = try? await channel.nioSSL_peerCertificate().get()
        let found = (try? certificate?.toDERBytes()).flatMap { CertificateFacts(der: $0) }?.commonName
        name.withLock { $0 = found }
        return found
    }
}
