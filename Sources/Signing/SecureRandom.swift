import COpenSSL

/// Random bytes of OpenSSL's generator, and texts made of them.
public enum SecureRandom {
    /// Fit for keys and tokens; of the system's generator should OpenSSL's have failed.
    public static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if RAND_bytes(buffer.baseAddress, Int32(count)) != 1 {
                for index in 0..<count { buffer[index] = generator.next() }
            }
            initialized = count
        }
    }

    /// 256 random bits in 43 characters that need no escaping in a URL or a header.
    public static func token() -> String { Base64.encodeURLSafe(bytes(32)) }
}
