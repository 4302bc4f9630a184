/// The key with which `doctor` proves a trial delivery and a gateway proves its answer. It is derived from a secret of the account, so that
/// neither side's code can be taken for a provider's signature, or the other way round.
public struct TrialKey: Sendable {
    private let key: HMACKey

    /// Nil for an empty secret.
    public init?(secret: String) {
        guard let root = HMACKey(Array(secret.utf8)),
            let key = HMACKey(root.authenticationCode(for: Array("switchboard trial delivery 1".utf8)))
        else { return nil }
        self.key = key
    }

    /// The code of the parts in hexadecimal; no part may contain a line feed.
    public func code(of parts: String...) -> String { Hex.encode(key.authenticationCode(for: Self.bytes(parts))) }

    /// Whether `code` is the code of the parts.
    public func isValid(_ code: String, of parts: String...) -> Bool {
        Hex.decode(code).map { key.isValid($0, for: Self.bytes(parts)) } ?? false
    }

    private static func bytes(_ parts: [String]) -> [UInt8] { Array(parts.joined(separator: "\n").utf8) }
}

/// What marks a request as a trial delivery: a nonce, the time, and the digest of the body as it was sent, with a code that only somebody
/// who has the account's secret can compute. It is valid for one path.
///
/// The digest is part of it so that the mark cannot be attached to another body: a provider's message that carries it is not a trial.
public struct TrialMark: Sendable, Equatable {
    /// The header that contains the mark, in lower case.
    public static let header = "switchboard-trial"
    /// The largest difference between the two clocks, in seconds.
    public static let tolerance: Int64 = 300

    /// 32 hexadecimal digits, new for each request.
    public let nonce: String
    /// When it was made, in seconds since 1970.
    public let time: Int64
    /// SHA-256 of the body as it was sent, in hexadecimal.
    public let digest: String

    /// The mark of a new request; `time` is in seconds since 1970.
    public init(body: [UInt8], time: Int64) {
        nonce = Hex.encode(SecureRandom.bytes(16))
        self.time = time
        digest = Hex.encode(Digest.sha256(body))
    }

    /// Reads a header; nil unless its code is valid for the path and its time is within the tolerance of `now`, in seconds since 1970.
    public init?(header: String, path: String, key: TrialKey, now: Int64) {
        let parts = header.split(separator: ".", omittingEmptySubsequences: false).map(String.init)
        guard parts.count == 5, parts[0] == Self.version, parts[1].utf8.count == 32, let time = Int64(parts[2]),
            key.isValid(parts[4], of: "request", parts[0], parts[1], parts[2], parts[3], path),
            (now - Self.tolerance...now + Self.tolerance).contains(time)
        else { return nil }
        nonce = parts[1]
        self.time = time
        digest = parts[3]
    }

    /// The header's value for a request to `path`.
    public func headerValue(path: String, key: TrialKey) -> String {
        let code = key.code(of: "request", Self.version, nonce, "\(time)", digest, path)
        return "\(Self.version).\(nonce).\(time).\(digest).\(code)"
    }

    /// The gateway's proof of its answer: `seen` is the digest of the body that arrived, `verdict` what authentication said of it.
    public func answerCode(seen: String, verdict: String, key: TrialKey) -> String {
        key.code(of: "answer", Self.version, nonce, seen, Hex.encode(Digest.sha256(Array(verdict.utf8))))
    }

    /// Whether a gateway's proof of its answer is valid.
    public func isAnswer(_ code: String, seen: String, verdict: String, key: TrialKey) -> Bool {
        key.isValid(code, of: "answer", Self.version, nonce, seen, Hex.encode(Digest.sha256(Array(verdict.utf8))))
    }

    private static let version = "1"
}
