extension PhoneNumber {
    /// Masks each run of digits in a text that may be a number, as `mask` does. Digits of any script count, with up to three separators and
    /// any invisible characters between two of them. `shortest` is the least digits of a run; with separators two more are needed, since
    /// dates have eight. `dividedByAnySign` is for a text that is one id: any ASCII sign separates, but a masked character does not. Each
    /// character is read once.
    public static func mask(_ text: String, runsOf shortest: Int, dividedByAnySign: Bool = false) -> String {
        var mask = NumberMask(shortest: shortest, isDividedByAnySign: dividedByAnySign)
        for scalar in text.unicodeScalars { mask.append(scalar) }
        return mask.finish()
    }

    /// Masks a text that is only a number, in any spelling; nil if it contains anything else, or no digit.
    public static func mask(whole text: String) -> String? {
        var digits = ""
        var hasPlus = false
        for scalar in text.unicodeScalars {
            if let digit = scalar.shownDigit {
                digits += String(digit)
            } else if scalar == "+" || scalar == "\u{FF0B}" {
                hasPlus = true
            } else if !scalar.isSeparator, !scalar.isInvisible, !scalar.isMark {
                return nil
            }
        }
        guard !digits.isEmpty else { return nil }
        let masked = mask("+" + digits)
        return hasPlus ? masked : String(masked.dropFirst())
    }
}

/// Masks possible numbers, character by character.
private struct NumberMask {
    private let shortest: Int
    private let isDividedByAnySign: Bool
    private var result = String.UnicodeScalarView()
    private var digits = ""
    private var count = 0
    /// The run as written; `between` contains what follows its last digit so far.
    private var run = String.UnicodeScalarView()
    private var between = String.UnicodeScalarView()
    private var separators = 0
    private var hasSeparators = false

    init(shortest: Int, isDividedByAnySign: Bool) {
        self.shortest = shortest
        self.isDividedByAnySign = isDividedByAnySign
    }

    mutating func append(_ scalar: Unicode.Scalar) {
        if let digit = scalar.shownDigit {
            run.append(contentsOf: between)
            hasSeparators = hasSeparators || separators > 0
            between.removeAll(keepingCapacity: true)
            separators = 0
            run.append(scalar)
            digits += String(digit)
            count += 1
        } else if count > 0, scalar.isInvisible || scalar.isMark {
            between.append(scalar)
        } else if count > 0, separators < 3, scalar.isSeparator || isDividedByAnySign && scalar.isSign {
            between.append(scalar)
            separators += 1
        } else {
            flush()
            result.append(scalar)
        }
    }

    mutating func finish() -> String {
        flush()
        return String(result)
    }

    private mutating func flush() {
        guard count > 0 else { return }
        let isNumber = count >= shortest + (hasSeparators ? 2 : 0)
        result.append(contentsOf: isNumber ? String(PhoneNumber.mask("+" + digits).dropFirst()).unicodeScalars : run)
        result.append(contentsOf: between)
        digits.removeAll(keepingCapacity: true)
        run.removeAll(keepingCapacity: true)
        between.removeAll(keepingCapacity: true)
        (count, separators, hasSeparators) = (0, 0, false)
    }
}
