extension JSON {
    /// Whether arrays and objects are nested deeper than `limit` levels; call it before parsing. The result for a text that is not JSON is
    /// undefined.
    public static func isNested(_ text: [UInt8], deeperThan limit: Int) -> Bool {
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in text {
            switch (byte, isInString) {
            case _ where isEscaped: isEscaped = false
            case (UInt8(ascii: "\\"), true): isEscaped = true
            case (UInt8(ascii: "\""), _): isInString.toggle()
            case (UInt8(ascii: "["), false), (UInt8(ascii: "{"), false): depth += 1
            case (UInt8(ascii: "]"), false), (UInt8(ascii: "}"), false): depth -= 1
            default: break
            }
            if depth > limit { return true }
        }
        return false
    }
}
