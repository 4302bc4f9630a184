import AdapterConformance
import Foundation
import SwitchboardTesting
import Testing

@Suite("Random histories of two instances")
struct SessionHistoryTests {
    /// How many are tried, half of them with what comes late: `make histories` says so.
    private static let count = ProcessInfo.processInfo.environment["SWITCHBOARD_HISTORIES"].flatMap { Int($0) } ?? 0

    @Test(
        "One person has one session, nobody is shown another customer's, and sending everything repeatedly changes nothing",
        .enabled(if: count > 0, "make histories"), arguments: [false, true])
    func histories(withLate: Bool) async throws {
        for number in 0..<(withLate ? Self.count / 2 : Self.count - Self.count / 2) {
            // By its former name the test has the numbers that a seed has always given it.
            var generator = SeededGenerator("histories()", stream: number)
            var steps = Self.random(&generator)
            if withLate {
                var lateness = SeededGenerator("late", stream: number)
                steps = steps.map { $0.orLate(&lateness) }
            }
            // Every fourth has an instance of an earlier version.
            let isMixed = number % 4 == 3
            guard let problem = try await Self.problem(of: steps, isMixed: isMixed) else { continue }
            let short = try await Self.shrunk(steps, isMixed: isMixed)
            let last = try await Self.problem(of: short, isMixed: isMixed) ?? problem
            Issue.record(
                """
                \(last)
                history \(number)\(isMixed ? ", mixed" : "")\(withLate ? ", with late ones" : ""), of \
                SWITCHBOARD_SEED=\(SeededGenerator.runSeed), as short as it was found:
                \(Self.code(short))
                """)
            return
        }
    }

    /// Neither the histories nor what comes late in them depends on the seed of the run: what holds once holds in every run.
    @Test("A fixed sample of histories leaves two instances in agreement, with late items too", arguments: 0..<8 as Range<UInt64>)
    func sample(seed: UInt64) async throws {
        var generator = SeededGenerator(seed: seed)
        var steps = Self.random(&generator)
        if seed >= 4 {
            var lateness = SeededGenerator(seed: ~seed)
            steps = steps.map { $0.orLate(&lateness) }
        }
        guard let problem = try await Self.problem(of: steps, isMixed: seed % 4 == 3) else { return }
        Issue.record("\(problem)\nhistory \(seed):\n\(Self.code(steps))")
    }

    /// Histories that went wrong once: carrying everything again changes nothing even the first time.
    @Test("Histories that failed once leave two instances in agreement", arguments: formerProblems)
    func found(steps: [HistoryStep]) async throws {
        if let problem = try await Self.problem(of: steps, mayChangeOnce: false) { Issue.record("\(problem)") }
    }

    private static let formerProblems: [[HistoryStep]] = [
        // A number that its holder left led to them, and to somebody else when the row came again that had named it before.
        [
            .message(at: 0, phone: 2, id: nil), .start(at: 1, phone: 0, customer: nil, asking: false),
            .carry(at: 1, rows: 7, seed: 15_157_013_349_867_368_307), .start(at: 0, phone: 1, customer: 1, asking: true),
            .change(at: 1, phone: 1, to: 0), .change(at: 0, phone: 1, to: 2), .carry(at: 1, rows: 4, seed: 12_011_342_134_869_017_124),
        ],
        // Two customers started on one number at two instances that did not ask, a day apart.
        [.start(at: 1, phone: 2, customer: 1, asking: false), .day, .start(at: 0, phone: 2, customer: 2, asking: false)],
        // A new session of somebody whose number is another customer's by now showed that number.
        [
            .start(at: 1, phone: 1, customer: 0, asking: true), .change(at: 1, phone: 1, to: 0),
            .start(at: 1, phone: 2, customer: 1, asking: false), .message(at: 0, phone: 2, id: 0), .day, .message(at: 1, phone: 0, id: nil),
            .message(at: 0, phone: 0, id: 0),
        ],
        // The same, where the former holder is a named customer: an instance was told that the number passed from somebody whom it did not know.
        [
            .start(at: 0, phone: 1, customer: 2, asking: true), .change(at: 0, phone: 2, to: 0), .change(at: 0, phone: 0, to: 1),
            .message(at: 1, phone: 2, id: nil), .start(at: 0, phone: 2, customer: nil, asking: true),
            .carry(at: 1, rows: 6, seed: 12_193_096_197_113_135_840), .change(at: 0, phone: 1, to: 2),
        ],
        // Somebody else got a number that its former holder took back, and whom two instances had met at once.
        [
            .change(at: 0, phone: 2, to: 0), .change(at: 0, phone: 0, to: 1), .message(at: 1, phone: 2, id: nil),
            .start(at: 0, phone: 2, customer: nil, asking: true), .carry(at: 1, rows: 6, seed: 12_193_096_197_113_135_840),
            .change(at: 0, phone: 1, to: 2),
        ],
        // A contact that was merged came before the one that it became, and took away what its row told.
        [.start(at: 0, phone: 0, customer: 2, asking: false), .change(at: 0, phone: 2, to: 0)],
        // An id that two people with numbers showed went back to the first of them when their row came again.
        [.message(at: 1, phone: 2, id: 1), .carry(at: 1, rows: 8, seed: 8_976_896_591_070_766_011), .message(at: 0, phone: 1, id: 1)],
        // A number that the database had not heard of yet was taken back here by its answer about another row.
        [.change(at: 0, phone: 1, to: 2), .start(at: 0, phone: 1, customer: 2, asking: true), .change(at: 0, phone: 1, to: 2)],
        // Two customers were named in one session at two instances, and both had its token.
        [
            .start(at: 0, phone: 2, customer: nil, asking: true), .start(at: 1, phone: 2, customer: 0, asking: true),
            .start(at: 0, phone: 2, customer: 1, asking: false),
        ],
        // A number passed to another customer, whose row came before that of the one who had left it: the two were joined.
        [
            .message(at: 0, phone: 0, id: 1), .start(at: 0, phone: 0, customer: 1, asking: true), .day, .message(at: 0, phone: 2, id: 1),
            .start(at: 0, phone: 0, customer: 0, asking: false),
        ],
        // A session of one customer that the database had not heard of was restored for another, with its token.
        [
            .start(at: 0, phone: 0, customer: 0, asking: true), .message(at: 0, phone: 0, id: 2), .end(at: 0, token: 13, asking: true),
            .start(at: 0, phone: 0, customer: 2, asking: false), .start(at: 0, phone: 0, customer: 1, asking: true),
            .message(at: 1, phone: nil, id: 2),
        ],
        // A number's identity went to whoever was carried last.
        [
            .start(at: 0, phone: 0, customer: 2, asking: false), .start(at: 1, phone: 0, customer: 2, asking: false),
            .start(at: 1, phone: 2, customer: 0, asking: false), .start(at: 1, phone: 1, customer: 2, asking: true),
            .change(at: 1, phone: 2, to: 1),
        ],
        // What was done in a session that an instance had merged before it was carried did not move the one that went on.
        [
            .change(at: 0, phone: 0, to: 2, id: 2), .carry(at: 0, rows: 6, seed: 6_287_631_952_677_927_518),
            .message(at: 1, phone: nil, id: 2),
            .message(at: 1, phone: 2, id: nil), .carry(at: 1, rows: 4, seed: 14_354_442_349_252_519_167),
        ],
        // An instance merged a session into one that had ended before it began, not having heard of the end.
        [
            .start(at: 1, phone: 1, customer: 2, asking: true), .message(at: 0, phone: 1, id: 1),
            .carry(at: 0, rows: 7, seed: 8_229_691_279_523_726_714), .end(at: 0, token: 12, asking: true),
            .message(at: 1, phone: nil, id: 1),
        ],
        // An instance merged two sessions by what the database had told, and told it of that only when everything was carried again.
        [
            .message(at: 0, phone: 0, id: 1), .start(at: 1, phone: 0, customer: 0, asking: false),
            .carry(at: 0, rows: 3, seed: 16_520_897_844_737_118_082), .message(at: 1, phone: nil, id: 1),
            .carry(at: 1, rows: 1, seed: 13_250_180_445_124_928_564), .start(at: 0, phone: 0, customer: 2, asking: false),
        ],
        // A session that both an instance and the database had merged was ended when the instance told it again.
        [
            .renew(at: 1, id: 1, to: 0), .message(at: 1, phone: 0, id: nil), .message(at: 0, phone: nil, id: 2),
            .message(at: 0, phone: 0, id: 0), .change(at: 0, phone: 2, to: 0, id: 2), .message(at: 1, phone: nil, id: 2),
            .start(at: 1, phone: 2, customer: 0, asking: false), .carry(at: 1, rows: 8, seed: 8_553_295_940_568_561_254),
            .message(at: 1, phone: 1, id: 0), .start(at: 1, phone: 1, customer: nil, asking: true),
            .start(at: 0, phone: 1, customer: 1, asking: false), .change(at: 1, phone: 2, to: 0, id: 0),
        ],
        // Who came back to a number had it only since the first time.
        [
            .start(at: 0, phone: 1, customer: 2, asking: true), .start(at: 1, phone: 0, customer: nil, asking: false),
            .change(at: 1, phone: 0, to: 2, id: 0), .message(at: 1, phone: 0, id: 2), .start(at: 0, phone: 2, customer: nil, asking: false),
            .start(at: 0, phone: 0, customer: nil, asking: true), .message(at: 1, phone: 1, id: 2), .end(at: 0, token: 15, asking: false),
        ],
        // What led to a contact that an instance had told nobody of was told by nobody once the database said whose contact it is.
        [
            .start(at: 1, phone: 1, customer: nil, asking: true), .change(at: 0, phone: 0, to: 1, id: nil),
            .message(at: 0, phone: 0, id: 1), .message(at: 0, phone: 1, id: 0), .end(at: 1, token: 3, asking: true),
            .start(at: 0, phone: 1, customer: 1, asking: true), .change(at: 1, phone: 1, to: 1, id: 1),
        ],
        // An instance that was told of a merged session merged the one that goes on into it, where both contacts became one in that answer.
        [
            .start(at: 1, phone: 0, customer: nil, asking: true), .start(at: 0, phone: 2, customer: 0, asking: true),
            .change(at: 0, phone: 2, to: 0, id: 1), .message(at: 1, phone: nil, id: 1, late: 12),
            .carry(at: 0, rows: 4, seed: 6_475_774_673_378_229_331), .carry(at: 1, rows: 7, seed: 12_500_679_395_065_977_877),
            .start(at: 0, phone: 2, customer: 2, asking: true), .carry(at: 1, rows: 4, seed: 4_044_517_135_143_916_178),
            .end(at: 1, token: 1, asking: true), .start(at: 1, phone: 0, customer: 2, asking: false), .message(at: 1, phone: 1, id: 1),
            .start(at: 0, phone: 0, customer: 0, asking: true), .carry(at: 1, rows: 1, seed: 1_391_261_342_221_671_834),
            .end(at: 1, token: 8, asking: false), .message(at: 0, phone: nil, id: 2),
            .start(at: 1, phone: 1, customer: 0, asking: false), .renew(at: 1, id: 2, to: 1, late: 3),
        ],
        // Somebody whom an instance had joined with one customer was another customer for the database, which joined the two customers.
        [
            .start(at: 1, phone: 0, customer: 1, asking: true), .start(at: 1, phone: 2, customer: 0, asking: true),
            .message(at: 0, phone: 0, id: 1), .end(at: 0, token: 7, asking: true), .start(at: 1, phone: 2, customer: nil, asking: true),
            .carry(at: 1, rows: 4, seed: 8_645_400_399_047_274_653), .renew(at: 1, id: 0, to: 0), .day, .message(at: 0, phone: nil, id: 1),
            .message(at: 0, phone: 2, id: 0), .message(at: 1, phone: 1, id: 0), .carry(at: 1, rows: 3, seed: 4_798_933_696_953_752_389),
            .change(at: 1, phone: 0, to: 1, id: nil), .start(at: 1, phone: 2, customer: nil, asking: true),
        ],
        // The same at an instance that had taken one customer for a part of the other, and was told of what it knew of both.
        [
            .message(at: 1, phone: nil, id: 2, late: 2), .message(at: 0, phone: 2, id: nil, late: 4),
            .carry(at: 0, rows: 3, seed: 17_447_025_833_532_424_711), .start(at: 1, phone: 1, customer: 0, asking: false),
            .carry(at: 1, rows: 4, seed: 17_257_439_296_294_816_011), .message(at: 0, phone: 2, id: nil, late: 5),
            .carry(at: 1, rows: 1, seed: 17_923_246_040_741_455_279), .start(at: 1, phone: 2, customer: 2, asking: false),
            .start(at: 1, phone: 2, customer: nil, asking: true), .message(at: 1, phone: 2, id: nil, late: 1),
            .change(at: 0, phone: 0, to: 1, id: 2, late: 9), .renew(at: 0, id: nil, to: 2, phone: 2, late: 5),
            .message(at: 1, phone: 2, id: 0, late: 9), .message(at: 0, phone: 2, id: 0, late: 6),
            .carry(at: 0, rows: 1, seed: 1_615_865_513_915_230_386),
        ],
        // Since when a number was somebody else's was forgotten where its former holder became part of somebody known by an id alone.
        [
            .message(at: 0, phone: nil, id: 2), .start(at: 1, phone: 0, customer: 1, asking: true),
            .start(at: 1, phone: 2, customer: 0, asking: true), .message(at: 0, phone: 0, id: 1),
            .carry(at: 0, rows: 6, seed: 2_980_699_587_918_443_188), .renew(at: 1, id: 0, to: 0), .day, .message(at: 0, phone: 1, id: nil),
            .message(at: 0, phone: nil, id: 1), .message(at: 0, phone: 2, id: 0), .start(at: 0, phone: 1, customer: nil, asking: true),
            .end(at: 0, token: 2, asking: false), .message(at: 1, phone: 1, id: 0),
            .carry(at: 1, rows: 3, seed: 4_798_933_696_953_752_389), .change(at: 1, phone: 0, to: 1, id: nil),
            .start(at: 1, phone: 0, customer: 0, asking: true), .carry(at: 0, rows: 7, seed: 102_589_705_724_051_172),
            .start(at: 1, phone: 2, customer: nil, asking: true), .renew(at: 0, id: 1, to: 2),
        ],
    ]

    private static func random(_ generator: inout SeededGenerator) -> [HistoryStep] {
        (0..<40).map { _ in HistoryStep.random(&generator) }
    }

    private static func problem(of steps: [HistoryStep], isMixed: Bool = false, mayChangeOnce: Bool = true) async throws -> String? {
        let server = try await PostgresServer.shared()
        let database = try await SchemaDatabase.makeCopy()
        let world = try HistoryWorld(database, isMixed: isMixed)
        do {
            for step in steps {
                try await world.perform(step)
                try await world.check()
            }
            try await world.finish(mayChangeOnce: mayChangeOnce)
        } catch {
            return "\(error)"
        }
        try await server.dropDatabase(database.url)
        return nil
    }

    /// The history without what it does not need to go wrong.
    private static func shrunk(_ steps: [HistoryStep], isMixed: Bool) async throws -> [HistoryStep] {
        var steps = steps
        var size = steps.count / 2
        while size > 0 {
            var start = 0
            while start < steps.count {
                let shorter = Array(steps[..<start] + steps[min(start + size, steps.count)...])
                if try await problem(of: shorter, isMixed: isMixed) != nil { steps = shorter } else { start += size }
            }
            size /= 2
        }
        return steps
    }

    private static func code(_ steps: [HistoryStep]) -> String { "[" + steps.map(\.description).joined(separator: ", ") + "]" }
}
