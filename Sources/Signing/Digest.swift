import COpenSSL

/// Message digests of OpenSSL.
public enum Digest {
    /// The 32 bytes of SHA-256 over `bytes`.
    public static func sha256(_ bytes: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 32) { buffer, count in
            bytes.withUnsafeBufferPointer { _ = SHA256($0.baseAddress, $0.count, buffer.baseAddress) }
            count = 32
        }
    }
}
