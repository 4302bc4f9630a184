import COpenSSL

/// Comparisons that take the same time whichever byte differs.
public enum ConstantTime {
    /// Whether both hold the same bytes; a difference of length shows at once.
    public static func equal(_ one: [UInt8], _ other: [UInt8]) -> Bool {
        one.count == other.count && CRYPTO_memcmp(one, other, one.count) == 0
    }

    /// Whether both hold the same UTF-8, which is stricter than `==`: é as one or as two code points differ.
    public static func equal(_ one: String, _ other: String) -> Bool { equal(Array(one.utf8), Array(other.utf8)) }
}
