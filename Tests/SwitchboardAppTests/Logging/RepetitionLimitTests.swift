import Logging
import Testing

@testable import SwitchboardApp

@Suite("Repeated lines of the log")
struct RepetitionLimitTests {
    private var limit = RepetitionLimit()
    private let start = ContinuousClock.now
    private let refused = RepetitionLimit.Kind(level: .info, message: "request refused", status: "401")
    private let failed = RepetitionLimit.Kind(level: .error, message: "a transaction of the journal failed", status: "")

    @Test("At most a fixed number of lines of each kind is written per minute")
    mutating func perKind() {
        #expect(admitted(of: 1000, refused, at: 0) == RepetitionLimit.most)
        #expect(admitted(of: 3, failed, at: 59) == 3)
        #expect(limit.omitted == 1000 - RepetitionLimit.most)
    }

    @Test("After the minute the number of omitted lines is written once, and new lines are written")
    mutating func afterwards() {
        _ = admitted(of: 1000, refused, at: 0)
        #expect(omissions(at: 59) == [])
        #expect(omissions(at: 60) == [1000 - RepetitionLimit.most])
        #expect(omissions(at: 120) == [])
        #expect(admitted(of: 1000, refused, at: 120) == RepetitionLimit.most)
    }

    @Test("At shutdown the number is written before the minute is over")
    mutating func atTheEnd() {
        _ = admitted(of: RepetitionLimit.most + 1, refused, at: 0)
        _ = omissions(at: 1)
        #expect(limit.endedOmissions(at: start + .seconds(1), isLast: true).map(\.count) == [1])
    }

    @Test("The number of kinds that are kept and written is bounded")
    mutating func kinds() {
        let admitted = (0..<100_000).count {
            limit.admits(RepetitionLimit.Kind(level: .info, message: "\($0)", status: ""), at: start)
        }
        #expect(admitted == RepetitionLimit.mostKinds + RepetitionLimit.most)
        #expect(omissions(at: 60) == [100_000 - admitted])
    }

    private mutating func admitted(of count: Int, _ kind: RepetitionLimit.Kind, at seconds: Int) -> Int {
        (0..<count).count { _ in limit.admits(kind, at: start + .seconds(seconds)) }
    }

    private mutating func omissions(at seconds: Int) -> [Int] { limit.endedOmissions(at: start + .seconds(seconds)).map(\.count) }
}
