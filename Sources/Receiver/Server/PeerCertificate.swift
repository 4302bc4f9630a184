import NIOCore
import NIOSSL
import Signing
import Synchronization

/// The certificate that the client of a connection has shown, for accounts that ask for one.
final class PeerCertificate: Sendable {
    /// That of the connection whose request a task answers; nil without TLS.
    @TaskLocal static var current: PeerCertificate?

    private let channel: any Channel
    private let name = Mutex<String?>(nil)

    init(_ channel: any Channel) { self.channel = channel }

    /// The common name of its subject; nil where none was shown. TLS has checked by then that it is valid and whose authority issued it.
    func commonName() async -> String? {
        if let name = name.withLock({ $0 }) { return name }
        let certificate = try? await channel.nioSSL_peerCertificate().get()
        let found = (try? certificate?.toDERBytes()).flatMap { CertificateFacts(der: $0) }?.commonName
        name.withLock { $0 = found }
        return found
    }
}
