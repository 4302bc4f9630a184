import COpenSSL

/// Message digests of OpenSSL.
public enum Digest {
    /// Looked up once, and never freed: the one-shot `SHA256` looks it up at each call. Nil only if OpenSSL has no memory.
    private nonisolated(unsafe) static let algorithm = EVP_MD_fetch(nil, "SHA256", nil)

    /// The 32 bytes of SHA-256 over `bytes`.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            bytes.withUnsafeBufferPointer { bytes in
                if EVP_Digest(bytes.baseAddress, bytes.count, buffer.baseAddress, nil, algorithm, nil) != 1 {
                    _ = SHA256(bytes.baseAddress, bytes.count, buffer.baseAddress)
                }
            }
            count = 32
        }
    }
}
