import NIOCore
import NIOSSL
import Signing
import Synchronization

/// The certificate of a connection's client, for accounts that require one.
final class PeerCertificate: Sendable {
    /// The certificate of the connection whose request the task answers; nil without TLS.
    @TaskLocal static var current: PeerCertificate?

    private let channel: any Channel
    private let identity: TLSIdentity
    private let name = Mutex<String?>(nil)

    init(_ channel: any Channel, _ identity: TLSIdentity) {
        self.channel = channel
        self.identity = identity
    }

    /// Whether the authorities that verified the certificate, when the connection began, have been replaced or removed.
    func isOutdated() async -> Bool {
        let channel = channel
        let version = try? await channel.eventLoop.submit {
            try channel.pipeline.syncOperations.handler(type: AuthoritiesMark.self).version
        }.get()
        return version != identity.current.authoritiesVersion
    }

    /// The common name of the certificate's subject; nil if there is no certificate. TLS has already verified its validity and its issuer.
    func commonName() async -> String? {
        if let name = name.withLock({ $0 }) { return name }
        let certificate = try? await channel.nioSSL_peerCertificate().get()
        let found = (try? certificate?.toDERBytes()).flatMap { CertificateFacts(der: $0) }?.commonName
        name.withLock { $0 = found }
        return found
    }
}

/// Keeps in the pipeline of a connection which authorities verify its client's certificate.
final class AuthoritiesMark: ChannelInboundHandler {
    typealias InboundIn = NIOAny

    let version: Int

    init(version: Int) { self.version = version }
}
