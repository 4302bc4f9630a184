/// Finds the name that somebody probably meant: a field of a request, a key of the settings.
public enum NearestName {
    /// The name whose letters are nearest: in another case or with other signs between them (`customerId`), as a part (`phone_number`), or with
    /// at most two letters that differ (one, in a name of three letters). Nil where none is near, and for names of more than 64 bytes.
    public static func of(_ given: String, among names: [String]) -> String? {
        guard given.utf8.count <= 64 else { return nil }
        let letters = letters(of: given)
        let distances = names.map { (name: $0, distance: distance(letters, self.letters(of: $0))) }
        // Of three letters two are more than half.
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

    /// 0 for the same, 1 where one is the beginning of the other, else how many letters have to be changed, put in or left out.
    private static func distance(_ one: [UInt8], _ other: [UInt8]) -> Int {
        if one == other { return 0 }
        let shorter = min(one.count, other.count)
        // Two letters are like any other two, and many names begin with the same three.
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
