import CCurl

/// Why a request has no answer. The server may have received it, unless the code is `unreachable`, `tls` or `malformed`.
public struct HTTPTransportError: Error, Equatable, CustomStringConvertible {
    public let code: Code
    /// libcurl's code (libcurl-errors(3)); nil if the error is not libcurl's.
    public let curlCode: Int?
    /// libcurl's message, which contains hosts and ports, never headers or bodies.
    public let message: String

    /// The kind of failure; a struct instead of an enum, so that a new kind does not break a switch.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String

        /// The host is unknown, or refuses connections.
        public static let unreachable = Code(description: "unreachable")
        /// Connecting or the whole request exceeded the time limit.
        public static let timedOut = Code(description: "timed out")
        /// TLS failed, or the certificate is not trusted.
        public static let tls = Code(description: "TLS failed")
        /// The calling task was cancelled, or the transport was shut down.
        public static let cancelled = Code(description: "cancelled")
        /// The response's body exceeds the size limit.
        public static let tooLarge = Code(description: "response too large")
        /// The request cannot be sent: a bad URL or scheme, a line end in a header.
        public static let malformed = Code(description: "malformed request")
        /// Anything else, such as a connection that was reset.
        public static let other = Code(description: "transfer failed")
    }

    public init(_ code: Code, curlCode: Int? = nil, message: String) {
        self.code = code
        self.curlCode = curlCode
        self.message = message
    }

    public var description: String { curlCode.map { "\(code): \(message) (curl \($0))" } ?? "\(code): \(message)" }

    /// Whether the host name is unknown, so that no server was contacted.
    public var isUnknownHost: Bool { curlCode == Int(CURLE_COULDNT_RESOLVE_HOST.rawValue) }

    /// Why TLS failed, in plain words if `message` contains OpenSSL's; nil for any other failure.
    public var tlsReason: String? {
        guard code == .tls else { return nil }
        let certificate = "SSL certificate problem: "
        if message.hasPrefix(certificate) { return "the server's certificate is not trusted (\(message.dropFirst(certificate.count)))" }
        if let known = Self.tlsReasons.first(where: { message.contains($0.words) }) { return known.reason }
        return curlCode == Int(CURLE_PEER_FAILED_VERIFICATION.rawValue)
            ? "the server's certificate is not trusted" : "the TLS connection failed"
    }

    /// Messages of OpenSSL 3 and libcurl, with their meaning.
    private static let tlsReasons: [(words: String, reason: String)] = [
        ("wrong version number", "the server does not speak TLS at this port: check whether the URL should begin with http://"),
        ("certificate subject name", "the server's certificate is for another host name"),
        ("certificate required", "the server asks for a client certificate"),
        ("handshake failure", "the server refused the TLS connection"),
    ]
}

extension HTTPTransportError {
    /// `detail` is libcurl's text in the transfer's error buffer, which is empty for some failures.
    init(curl result: CURLcode, detail: String) {
        let text = detail.isEmpty ? String(cString: curl_easy_strerror(result)) : detail
        self.init(Code(curl: result), curlCode: Int(result.rawValue), message: text)
    }

    static let shutDown = HTTPTransportError(.cancelled, message: "the transport is shut down")
}

extension HTTPTransportError.Code {
    fileprivate init(curl result: CURLcode) {
        self =
            switch result {
            case CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_RESOLVE_PROXY, CURLE_COULDNT_CONNECT: .unreachable
            case CURLE_OPERATION_TIMEDOUT: .timedOut
            case CURLE_SSL_CONNECT_ERROR, CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CERTPROBLEM, CURLE_SSL_CIPHER,
                CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR, CURLE_USE_SSL_FAILED, CURLE_SSL_INVALIDCERTSTATUS:
                .tls
            case CURLE_FILESIZE_EXCEEDED: .tooLarge
            case CURLE_URL_MALFORMAT, CURLE_UNSUPPORTED_PROTOCOL: .malformed
            default: .other
            }
    }
}
