import Foundation

/// Random numbers for a test, different in each run. They all derive from one seed, which is printed when the first test uses it. To repeat
/// a run or some of its tests with the same numbers, set `SWITCHBOARD_SEED=<number>`.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The seed of this run, for failure messages.
    public static let runSeed: UInt64 = {
        let text = ProcessInfo.processInfo.environment["SWITCHBOARD_SEED"] ?? ""
        guard text.isEmpty || UInt64(text) != nil else {
            fatalError("SWITCHBOARD_SEED is \(text), which is no whole number from 0 to \(UInt64.max)")
        }
        let seed = UInt64(text) ?? .random(in: 0...UInt64.max)
        print("Random numbers of this run: SWITCHBOARD_SEED=\(seed)")
        return seed
    }()

    /// The numbers for the test `name`, which depend only on the run's seed and not on the tests before it. `stream` separates parts of one
    /// test.
    public init(_ name: String = #function, in file: String = #fileID, stream: Int = 0) {
        self.init(seed: Self.runSeed, name: "\(file) \(name) \(stream)")
    }

    /// The numbers for a test's own seed, such as the seed of a random history that the test prints if it fails.
    public init(seed: UInt64) { state = seed }

    /// FNV-1a over the name: unlike `Hasher`, it gives the same value in every process.
    private init(seed: UInt64, name: String) {
        state = name.utf8.reduce(seed ^ 0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }

    /// SplitMix64 (Steele, Lea, Flood: Fast Splittable Pseudorandom Number Generators, 2014).
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ word >> 30) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ word >> 27) &* 0x94D0_49BB_1331_11EB
        return word ^ word >> 31
    }
}
