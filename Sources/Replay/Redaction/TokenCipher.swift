import Signing

/// Replaces words, ids and digits by others of the same shape: a permutation of all tokens of one shape, determined by a secret key.
///
/// It is a Feistel network over the characters' classes, so two tokens never become one: ids stay distinct, however short. It cannot be
/// reversed without the key.
struct TokenCipher: Sendable {
    private static let rounds: UInt8 = 8
    /// A longer seed is replaced by its digest, since the seed is authenticated once per 16 characters.
    static let longestSeed = 4096
    private let key: HMACKey

    init(_ key: HMACKey) { self.key = key }

    /// The token's fake. In another context the same token has another fake.
    func fake(_ token: some Collection<Unicode.Scalar>, context: [UInt8] = []) -> String.UnicodeScalarView {
        let scalars = Array(token)
        let classes = scalars.map { ScalarClass($0) }
        let positions = classes.indices.filter { classes[$0] != nil }
        var symbols = positions.map { position in classes[position]?.index(of: scalars[position]) ?? 0 }
        permute(&symbols, positions.compactMap { classes[$0] }, context)
        var fake = scalars
        for (symbol, position) in zip(symbols, positions) { fake[position] = classes[position]?.scalar(at: symbol) ?? scalars[position] }
        var view = String.UnicodeScalarView()
        view.append(contentsOf: fake)
        return view
    }

    /// The fake of digits, with the same number of digits.
    func fake(digits: [UInt8], context: [UInt8]) -> [UInt8] {
        fake(digits.map { Unicode.Scalar($0) }, context: context).map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// Pseudorandom numbers derived from a seed, each from 0 up to its bound.
    func numbers(below bounds: [Int], seed: [UInt8]) -> [Int] {
        var stream = KeyStream(key, seed: seed)
        return bounds.map { stream.next() % $0 }
    }

    private func permute(_ symbols: inout [Int], _ classes: [ScalarClass], _ context: [UInt8]) {
        let shape = context + [0xFF] + classes.flatMap(\.name)
        guard symbols.count > 1 else {
            guard let count = classes.first?.count, count > 1 else { return }
            symbols[0] = successors(of: shape, count)[symbols[0]]
            return
        }
        let middle = symbols.count / 2
        for round in 0..<Self.rounds {
            let (changed, other) = round.isMultiple(of: 2) ? (0..<middle, middle..<symbols.count) : (middle..<symbols.count, 0..<middle)
            let source = symbols[other].flatMap { [UInt8(truncatingIfNeeded: $0)] }
            var stream = KeyStream(key, seed: shape + [round] + source)
            for position in changed {
                symbols[position] = (symbols[position] + stream.next() % classes[position].count) % classes[position].count
            }
        }
    }

    /// The replacements for a single character, by key and class alone: never the character itself, and one reveals nothing about another
    /// (Sattolo's algorithm: one cycle of all). A number may have any characters between its digits.
    private func successors(of shape: [UInt8], _ count: Int) -> [Int] {
        var stream = KeyStream(key, seed: shape + [0])
        var order = Array(0..<count)
        for index in stride(from: count - 1, through: 1, by: -1) { order.swapAt(index, stream.next() % index) }
        return order
    }
}

/// Pseudorandom numbers derived from a key and a seed.
private struct KeyStream {
    private let key: HMACKey
    private let seed: [UInt8]
    private var digest: [UInt8] = []
    private var counter: UInt32 = 0

    init(_ key: HMACKey, seed: [UInt8]) {
        self.key = key
        self.seed = seed.count <= TokenCipher.longestSeed ? seed : Digest.sha256(seed)
    }

    /// A number from 0 to 65,535.
    mutating func next() -> Int {
        if digest.count < 2 {
            digest = key.authenticationCode(for: seed, (0..<4).map { UInt8(truncatingIfNeeded: counter >> (8 * $0)) })
            counter += 1
        }
        guard let high = digest.popLast(), let low = digest.popLast() else { return 0 }
        return Int(high) << 8 | Int(low)
    }
}
