import COpenSSL

/// Comparisons that take the same time whichever byte differs.
public enum ConstantTime {
    /// Whether both have the same bytes; different lengths return at once.
    public static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }

    /// Whether both have the same UTF-8. This is stricter than `==`: é as one code point differs from é as two.
    public static func equal(_ one: String, _ other: String) -> Bool { equal(Array(one.utf8), Array(other.utf8)) }
}
