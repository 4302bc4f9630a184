/// Finds the name that was probably meant: a field in a request, a key in the settings, a verb or an account on the command line.
public enum NearestName {
    /// The nearest name: equal but for case and punctuation (`customerId`), one the beginning of the other (`phone_number`), or at most two
    /// letters different (one, if it has three). Nil if none is near, or if `given` has more than 64 bytes.
    public static func of(_ given: String, among names: [String]) -> String? {
        guard given.utf8.count <= 64 else { return nil }
        let letters = letters(of: given)
        let distances = names.map { (name: $0, distance: distance(letters, self.letters(of: $0))) }
        // Two letters of three would be more than half.
        let most = letters.count < 4 ? 1 : 2
        return distances.filter { $0.distance <= most }.min { $0.distance < $1.distance }?.name
    }

    private static func letters(of name: String) -> [UInt8] {
        name.utf8.compactMap { byte in
            switch byte {
            case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): byte
            default: nil
            }
        }
    }

    /// 0 if equal, 1 if one is the beginning of the other, else the number of letters to change, insert or delete.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        if one == other { return 0 }
        let shorter = min(one.count, other.count)
        // Names of two letters are near too many others; many names share their first three letters.
        guard shorter >= 3 else { return .max }
        if shorter >= 4, one.prefix(shorter) == other.prefix(shorter) { return 1 }
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var next = [index + 1]
            for (index, there) in other.enumerated() {
                next.append(min(row[index] + (letter == there ? 0 : 1), row[index + 1] + 1, next[index] + 1))
            }
            row = next
        }
        return row[other.count]
    }
}
