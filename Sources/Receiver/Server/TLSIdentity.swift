import Files
import Messaging
import NIOSSL
import Signing
import Synchronization

/// The files of a server's TLS, all PEM.
public struct TLSFiles: Sendable, Equatable {
    /// The server's certificate, followed by those that lead to its authority.
    public var certificate: String
    public var key: String
    /// The authorities that issue clients' certificates; nil where none are asked for.
    public var clientAuthorities: String?

    public init(certificate: String, key: String, clientAuthorities: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.clientAuthorities = clientAuthorities
    }

    fileprivate var contents: TLSContents {
        TLSContents(
            certificate: TLSContents.Content(certificate), key: TLSContents.Content(key),
            clientAuthorities: clientAuthorities.map { TLSContents.Content($0) })
    }
}

/// What was in the files at one time.
private struct TLSContents: Equatable {
    let certificate: Content
    let key: Content
    let clientAuthorities: Content?

    /// All that are named.
    var all: [Content] { [certificate, key] + (clientAuthorities.map { [$0] } ?? []) }

    /// A file's bytes, or why there are none.
    struct Content: Equatable {
        let path: String
        private let result: Result<[UInt8], SmallFileError>

        /// A pipe is no file of a certificate: it would have one reading's bytes, and block the next for ever.
        init(_ path: String) {
            self.path = path
            result = Result { () throws(SmallFileError) in try SmallFile(path).read() }
        }

        /// Why there are no bytes, with the path; nil where there are.
        var failure: String? {
            guard case .failure(let error) = result else { return nil }
            return "\(path): \(error)"
        }

        /// What the bytes are read as.
        func read<Value>(as what: String, _ body: ([UInt8]) throws -> Value) throws(TLSError) -> Value {
            let bytes: [UInt8]
            do throws(SmallFileError) { bytes = try result.get() } catch { throw TLSError(description: "\(path): \(error)") }
            do { return try body(bytes) } catch { throw TLSError(description: "\(path): does not hold \(what) in PEM") }
        }
    }
}

/// Why TLS cannot be served: `tls.pem: does not hold certificates in PEM`. Of files that cannot be read each is named.
public struct TLSError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

/// The certificate and key that a server shows, read anew when their files change. Connections that are open keep what they began with.
public final class TLSIdentity: Sendable {
    private let files: TLSFiles
    private let state: Mutex<State>

    private struct State {
        var version = 0
        var configuration: TLSConfiguration
        var expiresAt: Instant
        /// What was in the files when they were read; they are small, and their times tell less.
        var contents: TLSContents
    }

    /// Reads the files; throws where they are not there, not PEM, or do not belong together.
    public init(_ files: TLSFiles) throws(TLSError) {
        self.files = files
        let contents = files.contents
        let (configuration, expiresAt) = try Self.read(contents)
        state = Mutex(State(configuration: configuration, expiresAt: expiresAt, contents: contents))
    }

    /// Reads the files again where one of them has changed; true where they are in use from now on. Throws once a change, and keeps what it has.
    public func reload() throws(TLSError) -> Bool {
        let contents = files.contents
        let hasChanged = state.withLock { state in
            defer { state.contents = contents }
            return state.contents != contents
        }
        guard hasChanged else { return false }
        let (configuration, expiresAt) = try Self.read(contents)
        state.withLock { state in
            state.version += 1
            state.configuration = configuration
            state.expiresAt = expiresAt
        }
        return true
    }

    /// When the server's certificate is no longer valid.
    public var expiresAt: Instant { state.withLock { $0.expiresAt } }

    var current: (version: Int, configuration: TLSConfiguration) { state.withLock { ($0.version, $0.configuration) } }

    private static func read(_ contents: TLSContents) throws(TLSError) -> (TLSConfiguration, expiresAt: Instant) {
        let unread = contents.all.compactMap(\.failure)
        guard unread.isEmpty else { throw TLSError(description: unread.joined(separator: "; ")) }
        let chain = try contents.certificate.read(as: "certificates") { try NIOSSLCertificate.fromPEMBytes($0) }
        let key = try contents.key.read(as: "a private key without a password") { try NIOSSLPrivateKey(bytes: $0, format: .pem) }
        guard let leaf = chain.first, let facts = (try? leaf.toDERBytes()).flatMap({ CertificateFacts(der: $0) }) else {
            throw TLSError(description: "\(contents.certificate.path): holds no certificate in PEM")
        }
        var configuration = TLSConfiguration.makeServerConfiguration(
            certificateChain: chain.map { .certificate($0) }, privateKey: .privateKey(key))
        configuration.minimumTLSVersion = .tlsv12
        configuration.applicationProtocols = ["http/1.1"]
        if let authorities = contents.clientAuthorities {
            configuration.trustRoots = .certificates(try authorities.read(as: "certificates") { try NIOSSLCertificate.fromPEMBytes($0) })
            // Who shows none is let in to what asks for none; who shows one must show a good one.
            configuration.certificateVerification = .optionalVerification
        }
        do {
            _ = try NIOSSLContext(configuration: configuration)
        } catch NIOSSLError.failedToLoadPrivateKey {
            throw TLSError(
                description: """
                    \(contents.certificate.path) and \(contents.key.path) do not belong together: the key is not that of the first certificate
                    """)
        } catch {
            throw TLSError(
                description: """
                    \(contents.certificate.path) and \(contents.key.path) cannot be used for TLS: the library refuses them (\(error))
                    """)
        }
        return (configuration, Instant(milliseconds: facts.notAfter * 1000))
    }
}
