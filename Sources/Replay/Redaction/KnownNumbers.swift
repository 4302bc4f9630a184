import PhoneNumbers

/// The numbers of a delivery, found by their last digits, since a text may omit the country code. There may be as many as fit into a body.
struct KnownNumbers: Sendable {
    /// Sorted by the digits in reverse order, so that numbers with the same ending are adjacent.
    private var numbers: [(digits: [UInt8], number: PhoneNumber)] = []

    /// All numbers that were found, without repetition.
    init(_ found: Found = Found()) {
        let all = found.certain.union(found.possible).map { (digits: Array($0.e164.utf8.dropFirst().reversed()), number: $0) }
            .sorted { $0.digits.lexicographicallyPrecedes($1.digits) }
        // A longer number with the same ending comes next.
        numbers = all.indices.filter { index in
            found.certain.contains(all[index].number) || index == all.count - 1 || !all[index + 1].digits.starts(with: all[index].digits)
        }.map { all[$0] }
    }

    /// Numbers found in a delivery.
    struct Found {
        /// Numbers written with a plus.
        var certain: Set<PhoneNumber> = []
        /// Numbers written without a plus: if another number ends with such a number, it is that one without its country code.
        var possible: Set<PhoneNumber> = []
    }

    /// A number that ends with these digits; nil if there is none.
    func first(endingWith digits: some BidirectionalCollection<UInt8>) -> PhoneNumber? {
        let end = Array(digits.reversed())
        var range = 0..<numbers.count
        while !range.isEmpty {
            let middle = range.lowerBound + range.count / 2
            if numbers[middle].digits.lexicographicallyPrecedes(end) {
                range = middle + 1..<range.upperBound
            } else {
                range = range.lowerBound..<middle
            }
        }
        guard range.lowerBound < numbers.count, numbers[range.lowerBound].digits.starts(with: end) else { return nil }
        return numbers[range.lowerBound].number
    }
}
