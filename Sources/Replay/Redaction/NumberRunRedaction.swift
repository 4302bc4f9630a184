import PhoneNumbers

/// Replaces a run of digits with spaces and signs between them, which may be one number, several in succession, or none.
struct NumberRunRedaction {
    private typealias Run = Substring.UnicodeScalarView
    private let text: TextRedaction
    /// The largest number of digits of a phone number.
    private static let longest = 15
    /// The number of last digits that suffice to recognize a known number after other digits.
    private static let nationalDigits = 10

    init(_ text: TextRedaction) { self.text = text }

    /// The fake of a run.
    func fake(_ run: Substring.UnicodeScalarView) -> String {
        if let known = known(run) { return text.phones.write(known, in: String(run)) }
        guard digits(run).count <= Self.longest else { return fakeNumbers(run) }
        if let start = startOfKnown(run), let known = known(run[start...]) {
            return fake(before: run[..<start]) + text.phones.write(known, in: String(run[start...]))
        }
        return number(run).map { text.phones.write($0, in: String(run)) } ?? plain(run)
    }

    /// Whether a run begins with a known number, or is a known number preceded by other digits.
    func beginsWithKnown(_ run: Substring.UnicodeScalarView) -> Bool {
        if spans(run).contains(where: { known($0) != nil }) { return true }
        return digits(run).count <= Self.longest && startOfKnown(run) != nil
    }

    /// The fake of the digits before a known number. Zeros stay, since they are a dialling prefix; other digits may be somebody's.
    private func fake(before run: Run) -> String {
        let digits = digits(run)
        if digits.allSatisfy({ $0 == 0x30 }) { return String(run) }
        return digits.count < 7 ? plain(run) : fake(run)
    }

    /// The fake of a run that is too long for one number: it is cut at signs between digits, and known numbers are found first.
    private func fakeNumbers(_ run: Run) -> String {
        var result = ""
        var rest = run
        while let first = rest.first {
            let spans = first == "+" || first.decimalValue != nil ? spans(rest) : []
            guard let span = spans.first(where: { known($0) != nil }) ?? spans.first(where: isNumber) else {
                let piece = rest.prefix { $0.decimalValue != nil }
                result += piece.isEmpty ? String(first) : plain(piece)
                rest = piece.isEmpty ? rest.dropFirst() : rest[piece.endIndex...]
                continue
            }
            result += (known(span) ?? number(span)).map { text.phones.write($0, in: String(span)) } ?? plain(span)
            rest = rest[span.endIndex...]
        }
        return result
    }

    /// The beginnings of a run that may be a number, each up to the end of a group of digits, the longest first.
    private func spans(_ run: Run) -> [Run] {
        var spans: [Run] = []
        var count = 0
        for index in run.indices where run[index].decimalValue != nil {
            count += 1
            guard count <= Self.longest else { break }
            let next = run.index(after: index)
            guard (7...Self.longest).contains(count), next == run.endIndex || run[next].decimalValue == nil else { continue }
            spans.append(run[..<next])
        }
        return spans.reversed()
    }

    /// Whether part of a long run is a number: only with a plus, as long as a local one, or undivided. Others might keep digits.
    private func isNumber(_ span: Run) -> Bool {
        let isOne = span.first == "+" || isLocal(span) || span.allSatisfy { $0.decimalValue != nil }
        return isOne && number(span) != nil
    }

    /// The index of the known number with which the run ends.
    private func startOfKnown(_ run: Run) -> Run.Index? {
        run.indices.dropFirst().first { start in
            guard run[start].decimalValue != nil else { return false }
            let digits = digits(run[start...])
            return digits.first != 0x30 && digits.count >= Self.nationalDigits && known(run[start...]) != nil
        }
    }

    /// The known number that a run is, with or without its country code, with or without leading zeros.
    private func known(_ run: Run) -> PhoneNumber? {
        let digits = digits(run).drop { $0 == 0x30 }
        guard digits.count >= 7 else { return nil }
        return text.numbers.first(endingWith: digits)
    }

    private func number(_ run: Run) -> PhoneNumber? { text.number(in: String(run), isLocal: isLocal(run)) }

    /// Whether the run has as many digits as a number without its country code, with or without a leading zero.
    private func isLocal(_ run: Run) -> Bool {
        let digits = digits(run)
        return digits.count == Self.nationalDigits || (digits.count == Self.nationalDigits + 1 && digits.first == 0x30)
    }

    private func plain(_ run: Run) -> String {
        let isNumeral = run.count >= 5 && run.allSatisfy { ("0"..."9").contains($0) }
        return isNumeral ? text.fake(numeral: String(Substring(run))) : String(text.cipher.fake(run))
    }

    private func digits(_ run: Run) -> [UInt8] { run.compactMap { $0.decimalValue.map { UInt8(0x30 + $0) } } }
}
