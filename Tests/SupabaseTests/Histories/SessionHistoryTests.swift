import AdapterConformance
import Foundation
import SwitchboardTesting
import Testing

@Suite("Random histories of two instances")
struct SessionHistoryTests {
    /// The number of histories, half of them with late reports; `make histories` sets it.
    private static let count = ProcessInfo.processInfo.environment["SWITCHBOARD_HISTORIES"].flatMap { Int($0) } ?? 0

    @Test(
        "One person has one session, nobody is shown another customer's, and sending everything repeatedly changes nothing",
        .enabled(if: count > 0, "make histories"), arguments: [false, true])
    func histories(withLate: Bool) async throws {
        for number in 0..<(withLate ? Self.count / 2 : Self.count - Self.count / 2) {
            // The generator has the test's former name, so that each seed still gives the same histories.
            var generator = SeededGenerator("histories()", stream: number)
            var steps = Self.random(&generator)
            if withLate {
                var lateness = SeededGenerator("late", stream: number)
                steps = steps.map { $0.orLate(&lateness) }
            }
            // In every fourth history one instance is of an earlier version.
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

    /// These seeds do not depend on the seed of the run, so the histories are the same in every run.
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

    /// Histories that once revealed a problem. In these, even the first repetition must change nothing.
    @Test("Histories that failed once leave two instances in agreement", arguments: formerProblems)
    func found(steps: [HistoryStep]) async throws {
        if let problem = try await Self.problem(of: steps, mayChangeOnce: false) { Issue.record("\(problem)") }
    }

    private static let formerProblems: [[HistoryStep]] = [
        // A number that its holder had left led to them, and also to somebody else, when an earlier row with that number was sent again.
        [
            .message(at: 0, phone: 2, id: nil), .start(at: 1, phone: 0, customer: nil, asking: false),
            .carry(at: 1, rows: 7, seed: 15_157_013_349_867_368_307), .start(at: 0, phone: 1, customer: 1, asking: true),
            .change(at: 1, phone: 1, to: 0), .change(at: 0, phone: 1, to: 2), .carry(at: 1, rows: 4, seed: 12_011_342_134_869_017_124),
        ],
        // Two customers started sessions with one number at two instances that did not ask the database, a day apart.
        [.start(at: 1, phone: 2, customer: 1, asking: false), .day, .start(at: 0, phone: 2, customer: 2, asking: false)],
        // A new session of a person whose number had become another customer's showed that number.
        [
            .start(at: 1, phone: 1, customer: 0, asking: true), .change(at: 1, phone: 1, to: 0),
            .start(at: 1, phone: 2, customer: 1, asking: false), .message(at: 0, phone: 2, id: 0), .day, .message(at: 1, phone: 0, id: nil),
            .message(at: 0, phone: 0, id: 0),
        ],
        // The same, but the former holder is a named customer: an instance was told that the number had passed on from somebody whom it did
        // not know.
        [
            .start(at: 0, phone: 1, customer: 2, asking: true), .change(at: 0, phone: 2, to: 0), .change(at: 0, phone: 0, to: 1),
            .message(at: 1, phone: 2, id: nil), .start(at: 0, phone: 2, customer: nil, asking: true),
            .carry(at: 1, rows: 6, seed: 12_193_096_197_113_135_840), .change(at: 0, phone: 1, to: 2),
        ],
        // Somebody got a number that its former holder took back, and two instances had met this person at the same time.
        [
            .change(at: 0, phone: 2, to: 0), .change(at: 0, phone: 0, to: 1), .message(at: 1, phone: 2, id: nil),
            .start(at: 0, phone: 2, customer: nil, asking: true), .carry(at: 1, rows: 6, seed: 12_193_096_197_113_135_840),
            .change(at: 0, phone: 1, to: 2),
        ],
        // The row of a merged contact arrived before the one of the contact that it had become, and overwrote that row's values.
        [.start(at: 0, phone: 0, customer: 2, asking: false), .change(at: 0, phone: 2, to: 0)],
        // An id that two people with numbers had shown went back to the first of them when the first one's row was sent again.
        [.message(at: 1, phone: 2, id: 1), .carry(at: 1, rows: 8, seed: 8_976_896_591_070_766_011), .message(at: 0, phone: 1, id: 1)],
        // The database's answer about another row took back a number that it had not heard of yet.
        [.change(at: 0, phone: 1, to: 2), .start(at: 0, phone: 1, customer: 2, asking: true), .change(at: 0, phone: 1, to: 2)],
        // Two customers were named in one session at two instances, and both had its token.
        [
            .start(at: 0, phone: 2, customer: nil, asking: true), .start(at: 1, phone: 2, customer: 0, asking: true),
            .start(at: 0, phone: 2, customer: 1, asking: false),
        ],
        // A number passed to another customer, whose row arrived before that of the former holder; the two were joined.
        [
            .message(at: 0, phone: 0, id: 1), .start(at: 0, phone: 0, customer: 1, asking: true), .day, .message(at: 0, phone: 2, id: 1),
            .start(at: 0, phone: 0, customer: 0, asking: false),
        ],
        // A session of one customer, which the database had not heard of, was restored for another customer, with its token.
        [
            .start(at: 0, phone: 0, customer: 0, asking: true), .message(at: 0, phone: 0, id: 2), .end(at: 0, token: 13, asking: true),
            .start(at: 0, phone: 0, customer: 2, asking: false), .start(at: 0, phone: 0, customer: 1, asking: true),
            .message(at: 1, phone: nil, id: 2),
        ],
        // The identity of a number went to the contact that was sent last.
        [
            .start(at: 0, phone: 0, customer: 2, asking: false), .start(at: 1, phone: 0, customer: 2, asking: false),
            .start(at: 1, phone: 2, customer: 0, asking: false), .start(at: 1, phone: 1, customer: 2, asking: true),
            .change(at: 1, phone: 2, to: 1),
        ],
        // Activity in a session that an instance had merged before sending it did not move the surviving session.
        [
            .change(at: 0, phone: 0, to: 2, id: 2), .carry(at: 0, rows: 6, seed: 6_287_631_952_677_927_518),
            .message(at: 1, phone: nil, id: 2),
            .message(at: 1, phone: 2, id: nil), .carry(at: 1, rows: 4, seed: 14_354_442_349_252_519_167),
        ],
        // An instance merged a session into one that had ended before the first began, because it had not heard of the end.
        [
            .start(at: 1, phone: 1, customer: 2, asking: true), .message(at: 0, phone: 1, id: 1),
            .carry(at: 0, rows: 7, seed: 8_229_691_279_523_726_714), .end(at: 0, token: 12, asking: true),
            .message(at: 1, phone: nil, id: 1),
        ],
        // An instance merged two sessions after an answer of the database, but reported that only when everything was sent again.
        [
            .message(at: 0, phone: 0, id: 1), .start(at: 1, phone: 0, customer: 0, asking: false),
            .carry(at: 0, rows: 3, seed: 16_520_897_844_737_118_082), .message(at: 1, phone: nil, id: 1),
            .carry(at: 1, rows: 1, seed: 13_250_180_445_124_928_564), .start(at: 0, phone: 0, customer: 2, asking: false),
        ],
        // A session that both an instance and the database had merged was ended when the instance sent it again.
        [
            .renew(at: 1, id: 1, to: 0), .message(at: 1, phone: 0, id: nil), .message(at: 0, phone: nil, id: 2),
            .message(at: 0, phone: 0, id: 0), .change(at: 0, phone: 2, to: 0, id: 2), .message(at: 1, phone: nil, id: 2),
            .start(at: 1, phone: 2, customer: 0, asking: false), .carry(at: 1, rows: 8, seed: 8_553_295_940_568_561_254),
            .message(at: 1, phone: 1, id: 0), .start(at: 1, phone: 1, customer: nil, asking: true),
            .start(at: 0, phone: 1, customer: 1, asking: false), .change(at: 1, phone: 2, to: 0, id: 0),
        ],
        // Somebody who came back to a number counted as its holder only since the first time.
        [
            .start(at: 0, phone: 1, customer: 2, asking: true), .start(at: 1, phone: 0, customer: nil, asking: false),
            .change(at: 1, phone: 0, to: 2, id: 0), .message(at: 1, phone: 0, id: 2), .start(at: 0, phone: 2, customer: nil, asking: false),
            .start(at: 0, phone: 0, customer: nil, asking: true), .message(at: 1, phone: 1, id: 2), .end(at: 0, token: 15, asking: false),
        ],
        // The identities of a contact that an instance had reported to nobody were reported by nobody once the database said whose contact
        // it was.
        [
            .start(at: 1, phone: 1, customer: nil, asking: true), .change(at: 0, phone: 0, to: 1, id: nil),
            .message(at: 0, phone: 0, id: 1), .message(at: 0, phone: 1, id: 0), .end(at: 1, token: 3, asking: true),
            .start(at: 0, phone: 1, customer: 1, asking: true), .change(at: 1, phone: 1, to: 1, id: 1),
        ],
        // An answer made an instance merge the surviving session into the merged one, since both contacts became one in that answer.
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
        // A contact that an instance had joined with one customer was another customer's in the database, which joined the two customers.
        [
            .start(at: 1, phone: 0, customer: 1, asking: true), .start(at: 1, phone: 2, customer: 0, asking: true),
            .message(at: 0, phone: 0, id: 1), .end(at: 0, token: 7, asking: true), .start(at: 1, phone: 2, customer: nil, asking: true),
            .carry(at: 1, rows: 4, seed: 8_645_400_399_047_274_653), .renew(at: 1, id: 0, to: 0), .day, .message(at: 0, phone: nil, id: 1),
            .message(at: 0, phone: 2, id: 0), .message(at: 1, phone: 1, id: 0), .carry(at: 1, rows: 3, seed: 4_798_933_696_953_752_389),
            .change(at: 1, phone: 0, to: 1, id: nil), .start(at: 1, phone: 2, customer: nil, asking: true),
        ],
        // The same at an instance that had taken one customer for a part of the other, and got an answer about both.
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
        // The time since which a number was somebody else's was lost when its former holder was merged with a contact known by an id alone.
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

    /// A shorter history that still reveals the problem.
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
