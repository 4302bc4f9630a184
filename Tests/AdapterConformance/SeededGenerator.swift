import Foundation

/// Random numbers for a test, other ones in every run. All of a run come from one seed, which is printed when the first test asks for it;
/// `SWITCHBOARD_SEED=<number>` runs the tests with the numbers of that seed again, also only some of them.
public struct SeededGenerator: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// The seed of this run, for the message of a failure.
    public static let runSeed: UInt64 = {
        let text = ProcessInfo.processInfo.environment["SWITCHBOARD_SEED"] ?? ""
        guard text.isEmpty || UInt64(text) != nil else {
            fatalError("SWITCHBOARD_SEED is \(text), which is no whole number from 0 to \(UInt64.max)")
        }
        let seed = UInt64(text) ?? .random(in: 0...UInt64.max)
        print("Random numbers of this run: SWITCHBOARD_SEED=\(seed)")
        return seed
    }()

    /// The numbers that the run's seed gives the test `name`, however many tests run before it; `stream` tells those of its parts apart.
    public init(_ name: String = #function, in file: String = #fileID, stream: Int = 0) {
        self.init(seed: Self.runSeed, name: "\(file) \(name) \(stream)")
    }

    /// The numbers of a seed of the test's own: a case of a history, say, which prints it when it fails.
    public init(seed: UInt64) { state = seed }

    /// FNV-1a over the name, so that it is the same in every process, as `Hasher` is not.
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
