import Files
import Messaging
import NIOSSL
import Signing
import Synchronization

/// The files of a server's TLS, all in PEM.
public struct TLSFiles: Sendable, Equatable {
    /// The server's certificate, followed by the certificates up to its authority.
    public var certificate: String
    public var key: String
    /// The authorities that issue clients' certificates; nil if none are required.
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

/// The contents of the files at one time.
private struct TLSContents: Equatable {
    let certificate: Content
    let key: Content
    let clientAuthorities: Content?

    /// The contents of all files that are set.
    var all: [Content] { [certificate, key] + (clientAuthorities.map { [$0] } ?? []) }

    /// A file's bytes, or why it could not be read.
    struct Content: Equatable {
        let path: String
        private let result: Result<[UInt8], SmallFileError>

        /// Reads a file. Pipes are refused: the first read would empty a pipe, and the next would block for ever.
        init(_ path: String) {
            self.path = path
            result = Result { () throws(SmallFileError) in try SmallFile(path).read() }
        }

        /// Why the file could not be read, with its path; nil if it was read.
        var failure: String? {
            guard case .failure(let error) = result else { return nil }
            return "\(path): \(error)"
        }

        /// Parses the bytes; `what` names their expected content in errors.
        func read<Value>(as what: String, _ body: ([UInt8]) throws -> Value) throws(TLSError) -> Value {
            let bytes: [UInt8]
            do throws(SmallFileError) { bytes = try result.get() } catch { throw TLSError(description: "\(path): \(error)") }
            do { return try body(bytes) } catch { throw TLSError(description: "\(path): does not hold \(what) in PEM") }
        }
    }
}

/// Why TLS cannot be used: `tls.pem: does not hold certificates in PEM`. Names every file that cannot be read.
public struct TLSError: Error, Equatable, CustomStringConvertible {
    public let description: String
}

/// The server's certificate and key, which are reloaded when their files change. Open connections keep the previous ones; if the authorities
/// of clients' certificates have changed, `PeerCertificate` does not accept the certificates of earlier connections.
public final class TLSIdentity: Sendable {
    private let state: Mutex<State>

    /// What new connections use. The numbers change with their subjects.
    struct Current {
        var version = 0
        var authoritiesVersion = 0
        var configuration: TLSConfiguration
    }

    private struct State {
        var current: Current
        var files: TLSFiles
        var expiresAt: Instant
        /// The authorities in use.
        var authorities: TLSContents.Content?
        /// The contents when last read. The files are small, and their modification times say less.
        var contents: TLSContents

        mutating func use(_ configuration: TLSConfiguration, expiresAt: Instant, authorities: TLSContents.Content?) {
            current.version += 1
            if authorities != self.authorities { current.authoritiesVersion += 1 }
            current.configuration = configuration
            self.expiresAt = expiresAt
            self.authorities = authorities
        }
    }

    /// Reads the files; throws if they are missing, not PEM, or do not belong together.
    public init(_ files: TLSFiles) throws(TLSError) {
        let contents = files.contents
        let (configuration, expiresAt) = try Self.read(contents)
        state = Mutex(
            State(
                current: Current(configuration: configuration), files: files, expiresAt: expiresAt,
                authorities: contents.clientAuthorities, contents: contents))
    }

    /// Reads the files again if one has changed; true if the new ones are now in use. Throws once per change, keeping the previous ones.
    public func reload() throws(TLSError) -> Bool {
        let files = state.withLock { $0.files }
        let contents = files.contents
        let hasChanged = state.withLock { state in
            guard state.files == files else { return false }
            defer { state.contents = contents }
            return state.contents != contents
        }
        guard hasChanged else { return false }
        let (configuration, expiresAt) = try Self.read(contents)
        return state.withLock { state in
            // Other files may have been named in the meantime.
            guard state.files == files else { return false }
            state.use(configuration, expiresAt: expiresAt, authorities: contents.clientAuthorities)
            return true
        }
    }

    /// Uses other files for the connections that begin from now on. Throws if they cannot be used, and keeps the previous ones.
    public func replace(by files: TLSFiles) throws(TLSError) {
        let contents = files.contents
        let (configuration, expiresAt) = try Self.read(contents)
        state.withLock { state in
            state.files = files
            state.contents = contents
            state.use(configuration, expiresAt: expiresAt, authorities: contents.clientAuthorities)
        }
    }

    /// When the server's certificate expires.
    public var expiresAt: Instant { state.withLock { $0.expiresAt } }

    var current: Current { state.withLock { $0.current } }

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
            // A client without a certificate may use accounts that require none; a client with one must have a valid one.
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
