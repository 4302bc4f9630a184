import PhoneNumbers

/// A latitude or longitude in decimal degrees, or a pair of them, as found in a text. Signs and separators are not part of it.
struct Coordinate {
    typealias Scalars = Substring.UnicodeScalarView

    /// One number of degrees.
    struct Degrees {
        let range: Range<Scalars.Index>
        let whole: [Int]
        let decimals: [Int]

        fileprivate var value: Double { Degrees.value(whole: whole, decimals: decimals) }

        static func value(whole: [Int], decimals: [Int]) -> Double {
            var value = Double(whole.reduce(0) { 10 * $0 + $1 })
            var unit = 0.1
            for digit in decimals.prefix(15) {
                value += unit * Double(digit)
                unit /= 10
            }
            return value
        }
    }

    /// One number, or two in succession.
    let degrees: [Degrees]
    /// The index after the last digit.
    let end: Scalars.Index

    /// Four decimals are eleven metres. A number with fewer is a coordinate only beside another one, or if its key says so.
    private static let fewestDecimals = 4
    private static let mostDecimals = 20
    /// A number with this many decimals after a plus is a phone, `+91.9876543210`, as domain registries write it (RFC 5733, 2.5).
    private static let decimalsOfPhone = 9

    /// Reads the coordinate that begins with the digit at an index of a text; nil if there is none.
    init?(at index: Scalars.Index, in text: Scalars) {
        let former = index > text.startIndex ? text[text.index(before: index)] : nil
        if let former, former.decimalValue != nil || Self.isPoint(former, orComma: false) { return nil }
        guard let first = Self.degrees(at: index, in: text) else { return nil }
        if let second = Self.second(after: first, in: text) {
            (degrees, end) = ([first, second], second.range.upperBound)
            return
        }
        guard first.decimals.count >= Self.fewestDecimals, former != "+" || first.decimals.count < Self.decimalsOfPhone else { return nil }
        (degrees, end) = ([first], first.range.upperBound)
    }

    /// Reads a text that consists of degrees and a sign only; with `fewest` or more decimals.
    init?(whole text: String, decimals fewest: Int = fewestDecimals) {
        let scalars = Substring(text).unicodeScalars
        let start = scalars.first.map(Self.isSign) == true ? scalars.index(after: scalars.startIndex) : scalars.startIndex
        guard let found = Self.degrees(at: start, in: scalars, decimals: fewest), found.range.upperBound == scalars.endIndex,
            scalars.first != "+" || found.decimals.count < Self.decimalsOfPhone
        else { return nil }
        (degrees, end) = ([found], found.range.upperBound)
    }

    /// Reads the second number, after a comma, a space, or their escaped form in a link.
    private static func second(after first: Degrees, in text: Scalars) -> Degrees? {
        var rest = text[first.range.upperBound...]
        let start = rest.startIndex
        while let scalar = rest.first {
            if scalar == "%", ["%2C", "%2c", "%20"].contains(String(Substring(rest.prefix(3)))) {
                rest = rest.dropFirst(3)
            } else if " ,;/|\u{A0}".unicodeScalars.contains(scalar), text.distance(from: start, to: rest.startIndex) < 8 {
                rest = rest.dropFirst()
            } else {
                break
            }
        }
        guard rest.startIndex > start || rest.first.map(isSign) == true else { return nil }
        if rest.first.map(isSign) == true { rest = rest.dropFirst() }
        guard let second = degrees(at: rest.startIndex, in: text) else { return nil }
        return min(first.value, second.value) <= 90 ? second : nil
    }

    private static func degrees(at index: Scalars.Index, in text: Scalars, decimals fewest: Int = 1) -> Degrees? {
        var rest = text[index...]
        func digits(_ most: Int) -> [Int] {
            var digits: [Int] = []
            while digits.count <= most, let digit = rest.first?.decimalValue {
                digits.append(digit)
                rest = rest.dropFirst()
            }
            return digits
        }
        let whole = digits(3)
        guard (1...3).contains(whole.count) else { return nil }
        var decimals: [Int] = []
        if let point = rest.first, isPoint(point, orComma: true) {
            let end = rest
            rest = rest.dropFirst()
            decimals = digits(mostDecimals)
            // `18,52` may be two separate numbers.
            if decimals.isEmpty || point == "," && decimals.count < fewestDecimals { (rest, decimals) = (end, []) }
        }
        guard (fewest...mostDecimals).contains(decimals.count), Degrees.value(whole: whole, decimals: decimals) <= 180 else { return nil }
        if let next = rest.first, isPoint(next, orComma: false), rest.dropFirst().first?.decimalValue != nil { return nil }
        return Degrees(range: index..<rest.startIndex, whole: whole, decimals: decimals)
    }

    private static func isPoint(_ scalar: Unicode.Scalar, orComma: Bool) -> Bool {
        scalar == "." || scalar == "\u{FF0E}" || scalar == "\u{66B}" || orComma && scalar == ","
    }

    private static func isSign(_ scalar: Unicode.Scalar) -> Bool { scalar == "-" || scalar == "+" || scalar == "\u{2212}" }
}

/// Replaces coordinates by distant valid ones with as many digits. Equal coordinates get equal fakes, whatever zeros they begin or end
/// with. The sign stays, and so does whether one, two or three digits precede the point.
struct CoordinateFakes: Sendable {
    private let cipher: TokenCipher
    private static let mostTurns = 200

    init(_ cipher: TokenCipher) { self.cipher = cipher }

    /// The fake of a coordinate, with the text's own digits and separators.
    func write(_ coordinate: Coordinate, in text: Coordinate.Scalars) -> String.UnicodeScalarView {
        var result = String.UnicodeScalarView()
        guard var index = coordinate.degrees.first?.range.lowerBound else { return result }
        for degrees in coordinate.degrees {
            result.append(contentsOf: text[index..<degrees.range.lowerBound])
            var fake = self.fake(degrees)[...]
            for scalar in text[degrees.range] {
                guard let value = scalar.decimalValue, let digit = fake.popFirst() else {
                    result.append(scalar)
                    continue
                }
                result.append(Unicode.Scalar(scalar.value - UInt32(value) + UInt32(digit)) ?? scalar)
            }
            index = degrees.range.upperBound
        }
        return result
    }

    /// The digits before and after the point.
    private func fake(_ degrees: Coordinate.Degrees) -> [Int] {
        let value = Coordinate.Degrees.value(whole: degrees.whole, decimals: degrees.decimals)
        let zeros = degrees.decimals.reversed().prefix { $0 == 0 }.count
        let decimals = Array(degrees.decimals.dropLast(zeros))
        let number = degrees.whole.reduce(0) { 10 * $0 + $1 }
        let (range, distance) = number < 10 ? (0..<10, 3.0) : number < 100 ? (10..<90, 10.0) : (100..<180, 10.0)
        let bounds = [range.count] + decimals.indices.map { $0 == decimals.count - 1 ? 9 : 10 }
        var fake = degrees.whole + decimals
        for turn in 0..<Self.mostTurns {
            let seed = Array("degrees \(number).\(decimals.map { String($0) }.joined()) \(turn)".utf8)
            var drawn = cipher.numbers(below: bounds, seed: seed)
            // The last significant decimal must not become zero.
            if !decimals.isEmpty { drawn[drawn.count - 1] += 1 }
            let whole = String(range.lowerBound + drawn[0]).compactMap(\.wholeNumberValue)
            fake = Array(repeating: 0, count: degrees.whole.count - whole.count) + whole + drawn.dropFirst()
            let other = Coordinate.Degrees.value(whole: whole, decimals: Array(drawn.dropFirst()))
            if abs(other - value) >= distance { break }
        }
        return fake + Array(repeating: 0, count: zeros)
    }
}
