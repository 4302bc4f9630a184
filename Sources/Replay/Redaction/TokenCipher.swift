import Signing

/// Turns words, ids and digits into others of the same shape: a permutation, by a secret key, of all tokens of one shape.
///
/// It is a Feistel network over the characters' classes, so that two tokens never become one: ids stay distinct however short they are.
/// Without the key nothing leads back.
struct TokenCipher: Sendable {
    private static let rounds: UInt8 = 8
    /// A seed of more bytes is taken by its digest: it is authenticated once for every 16 characters.
    static let longestSeed = 4096
    private let key: HMACKey

    init(_ key: HMACKey) { self.key = key }

    /// The token's fake. The same token has another one in another context.
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

    /// The digits' fake, of the same number of digits.
    func fake(digits: [UInt8], context: [UInt8]) -> [UInt8] {
        fake(digits.map { Unicode.Scalar($0) }, context: context).map { UInt8(truncatingIfNeeded: $0.value) }
    }

    /// Numbers that follow from a seed, each from 0 up to its bound.
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

    /// What a lone character of a class becomes, by the key and its class alone: never itself, and one says nothing of another (Sattolo's
    /// algorithm, which makes one cycle of all). A number may be spelled with anything between its digits.
    private func successors(of shape: [UInt8], _ count: Int) -> [Int] {
        var stream = KeyStream(key, seed: shape + [0])
        var order = Array(0..<count)
        for index in stride(from: count - 1, through: 1, by: -1) { order.swapAt(index, stream.next() % index) }
        return order
    }
}

/// Numbers that follow from a key and a seed.
private struct KeyStream {
    private let key: HMACKey
    private let seed: [UInt8]
    private var digest: [UInt8] = []
    private var counter: UInt32 = 0

    init(_ key: HMACKey, seed: [UInt8]) {
        self.key = key
        self.seed = seed.count <= TokenCipher.longestSeed ? seed : Digest.sha256(seed)
    }

    /// 0 to 65,535.
    mutating func next() -> Int {
        if digest.count < 2 {
            digest = key.authenticationCode(for: seed, (0..<4).map { UInt8(truncatingIfNeeded: counter >> (8 * $0)) })
            counter += 1
        }
        guard let high = digest.popLast(), let low = digest.popLast() else { return 0 }
        return Int(high) << 8 | Int(low)
    }
}
