import COpenSSL

/// An HMAC key (RFC 2104) that is prepared once and may be used on any thread.
public final class HMACKey: @unchecked Sendable {
    // Unchecked: the keyed context is only duplicated, which does not change it.
    private let keyed: OpaquePointer
    private let algorithm: Algorithm

    /// The digest of an authentication code.
    public enum Algorithm: Sendable, CaseIterable {
        /// SHA-1, which is still secure for authentication codes, but for nothing else.
        case sha1
        /// SHA-256, the recommended digest.
        case sha256

        /// The length of a code in bytes.
        public var length: Int { self == .sha1 ? 20 : 32 }
        fileprivate var name: String { self == .sha1 ? "SHA1" : "SHA256" }
    }

    /// `key` is used unchanged and must not be empty. Otherwise nil only if OpenSSL has no memory or no HMAC.
    public init?(_ key: [UInt8], _ algorithm: Algorithm = .sha256) {
        guard !key.isEmpty, let mac = EVP_MAC_fetch(nil, "HMAC", nil) else { return nil }
        defer { EVP_MAC_free(mac) }
        guard let context = EVP_MAC_CTX_new(mac) else { return nil }
        var digest = Array(algorithm.name.utf8CString)
        // The parameter points to both texts until it is read.
        let initialized = OSSL_MAC_PARAM_DIGEST.withCString { name in
            digest.withUnsafeMutableBufferPointer { value in
                var parameters = [OSSL_PARAM_construct_utf8_string(name, value.baseAddress, 0), OSSL_PARAM_construct_end()]
                return EVP_MAC_init(context, key, key.count, &parameters) == 1
            }
        }
        guard initialized else {
            EVP_MAC_CTX_free(context)
            return nil
        }
        keyed = context
        self.algorithm = algorithm
    }

    deinit { EVP_MAC_CTX_free(keyed) }

    /// The code of the concatenated parts; empty only if OpenSSL has no memory.
    public func authenticationCode(for parts: [UInt8]...) -> [UInt8] { code(over: parts) }

    /// Whether `code` is the code of the concatenated parts; compares in constant time.
    public func isValid(_ code: [UInt8], for parts: [UInt8]...) -> Bool {
        let expected = self.code(over: parts)
        return expected.count == algorithm.length && ConstantTime.equal(code, expected)
    }

    private func code(over parts: [[UInt8]]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: algorithm.length) { buffer, count in
            guard let context = EVP_MAC_CTX_dup(keyed) else { return }
            defer { EVP_MAC_CTX_free(context) }
            for part in parts {
                _ = part.withUnsafeBufferPointer { EVP_MAC_update(context, $0.baseAddress, $0.count) }
            }
            var length = 0
            if EVP_MAC_final(context, buffer.baseAddress, &length, algorithm.length) == 1 { count = length }
        }
    }
}
