extension Instant: CustomStringConvertible {
    /// RFC 3339 in UTC with milliseconds: `2026-11-22T17:51:27.123Z`, always 24 characters.
    public var description: String {
        String(unsafeUninitializedCapacity: 24) { buffer in
            write(to: UnsafeMutableRawBufferPointer(buffer))
            return 24
        }
    }

    /// Writes the 24 characters of `description` into the first 24 bytes of `buffer`.
    public func write(to buffer: UnsafeMutableRawBufferPointer) {
        let day = milliseconds.flooredQuotient(by: 86_400_000)
        let rest = Int(milliseconds - day * 86_400_000)
        let date = CivilDate(daysSince1970: Int(day))
        func put(_ value: Int, digits: Int, at start: Int, then separator: UInt8) {
            var value = value
            for position in stride(from: start + digits - 1, through: start, by: -1) {
                buffer[position] = UInt8(0x30 + value % 10)
                value /= 10
            }
            buffer[start + digits] = separator
        }
        put(date.year, digits: 4, at: 0, then: 0x2D)
        put(date.month, digits: 2, at: 5, then: 0x2D)
        put(date.day, digits: 2, at: 8, then: 0x54)
        put(rest / 3_600_000, digits: 2, at: 11, then: 0x3A)
        put(rest / 60_000 % 60, digits: 2, at: 14, then: 0x3A)
        put(rest / 1000 % 60, digits: 2, at: 17, then: 0x2E)
        put(rest % 1000, digits: 3, at: 20, then: 0x5A)
    }

    /// Parses RFC 3339 with any offset; digits beyond milliseconds are cut off, and a leap second becomes the following second. Nil for
    /// anything else, including the year 0.
    public init?(rfc3339 text: String) {
        var text = text
        guard let instant = text.withUTF8({ Instant(rfc3339: UnsafeRawBufferPointer($0)) }) else { return nil }
        self = instant
    }

    /// Parses RFC 3339 from bytes, without creating a String.
    public init?(rfc3339 bytes: UnsafeRawBufferPointer) {
        var reader = DigitReader(bytes)
        guard let year = reader.number(4), reader.skip("-"), let month = reader.number(2), reader.skip("-"),
            let day = reader.number(2), reader.skip("Tt "), let hour = reader.number(2), reader.skip(":"),
            let minute = reader.number(2), reader.skip(":"), let second = reader.number(2),
            year > 0, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60,
            let fraction = reader.skip(".") ? reader.fraction() : 0, let offset = reader.offset(), reader.isAtEnd
        else { return nil }
        let date = CivilDate(year: year, month: month, day: day)
        guard CivilDate(daysSince1970: date.daysSince1970) == date else { return nil }
        let seconds = Int64(date.daysSince1970) * 86_400 + Int64(hour * 3600 + minute * 60 + second) - Int64(offset * 60)
        self.init(milliseconds: seconds * 1000 + Int64(fraction))
    }
}

/// A day of the proleptic Gregorian calendar.
private struct CivilDate: Equatable {
    let year: Int
    let month: Int
    let day: Int

    init(year: Int, month: Int, day: Int) {
        self.year = year
        self.month = month
        self.day = day
    }

    /// Converts days by counting in years that begin in March and eras of 400 years, in which every day has a fixed place.
    init(daysSince1970: Int) {
        let shifted = daysSince1970 + 719_468
        let era = shifted.flooredQuotient(by: 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    var daysSince1970: Int {
        let fromMarch = month <= 2 ? year - 1 : year
        let era = fromMarch.flooredQuotient(by: 400)
        let yearOfEra = fromMarch - era * 400
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }
}

/// Reads the fixed-width numbers of a time from left to right.
private struct DigitReader {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    mutating func number(_ digits: Int) -> Int? {
        var value = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    mutating func skip(_ anyOf: StaticString) -> Bool {
        guard !isAtEnd, anyOf.withUTF8Buffer({ $0.contains(bytes[position]) }) else { return false }
        position += 1
        return true
    }

    /// The digits after the point, at least one, in milliseconds.
    mutating func fraction() -> Int? {
        var value = 0
        var digits = 0
        while let digit = digit() {
            if digits < 3 { value = value * 10 + digit }
            digits += 1
        }
        guard digits > 0 else { return nil }
        for _ in digits..<max(digits, 3) { value *= 10 }
        return value
    }

    /// Minutes east of UTC.
    mutating func offset() -> Int? {
        if skip("Zz") { return 0 }
        let isEast = skip("+")
        guard isEast || skip("-"), let hours = number(2), skip(":"), let minutes = number(2), hours < 24, minutes < 60 else { return nil }
        return (isEast ? 1 : -1) * (hours * 60 + minutes)
    }

    /// The next character, if it is a digit.
    private mutating func digit() -> Int? {
        guard !isAtEnd, (0x30...0x39).contains(bytes[position]) else { return nil }
        defer { position += 1 }
        return Int(bytes[position] - 0x30)
    }
}

extension BinaryInteger {
    fileprivate func flooredQuotient(by divisor: Self) -> Self {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
