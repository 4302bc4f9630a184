import COpenSSL

/// Random bytes of OpenSSL's generator, and tokens made of them.
public enum SecureRandom {
    /// Random bytes for keys and tokens, from the system's generator if OpenSSL's fails.
    public static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
            if RAND_bytes(buffer.baseAddress, Int32(count)) != 1 {
                for index in 0..<count { buffer[index] = generator.next() }
            }
            initialized = count
        }
    }

    /// A token of 256 random bits in 43 characters that need no escaping in a URL or header.
    public static func token() -> String { Base64.encodeURLSafe(bytes(32)) }
}
