import PhoneNumbers

/// The numbers of a delivery, found by how they end: a text may spell one without its country code. There may be as many as a body holds.
struct KnownNumbers: Sendable {
    /// Sorted by their digits from the last to the first, so that those with the same end stand together.
    private var numbers: [(digits: [UInt8], number: PhoneNumber)] = []

    /// Those of all that were read; a number that is there twice is one.
    init(_ found: Found = Found()) {
        let all = found.certain.union(found.possible).map { (digits: Array($0.e164.utf8.dropFirst().reversed()), number: $0) }
            .sorted { $0.digits.lexicographicallyPrecedes($1.digits) }
        // A longer one with the same end comes next.
        numbers = all.indices.filter { index in
            found.certain.contains(all[index].number) || index == all.count - 1 || !all[index + 1].digits.starts(with: all[index].digits)
        }.map { all[$0] }
    }

    /// Numbers that were read in a delivery.
    struct Found {
        /// Those that had a plus.
        var certain: Set<PhoneNumber> = []
        /// Those that had none: one that another ends with is that one without its country code.
        var possible: Set<PhoneNumber> = []
    }

    /// One that ends with these digits.
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
