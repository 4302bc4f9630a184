import Messaging
import Testing

@testable import Supabase

@Suite("Recent results of token lookups")
struct LookupMemoryTests {
    private let now = Instant(milliseconds: 1_800_000_000_000)

    @Test(
        "A result is cached for a second, and dropped if the clock is set back",
        arguments: [(0, true), (999, true), (1000, false), (-1, false)])
    func lifetime(milliseconds: Int, isKnown: Bool) {
        var memory = LookupMemory()
        memory.keep(.nobody, of: Secret("a"), at: now)
        #expect(memory.finding(Secret("a"), at: now.adding(.milliseconds(milliseconds))) == (isKnown ? .nobody : nil))
        #expect(memory.finding(Secret("b"), at: now) == nil)
    }

    @Test("The latest result counts, and the number of kept results is bounded")
    func bounded() {
        var memory = LookupMemory(capacity: 10)
        memory.keep(.nobody, of: Secret("0"), at: now)
        memory.keep(.session(Secret("s")), of: Secret("0"), at: now)
        #expect(memory.finding(Secret("0"), at: now) == .session(Secret("s")))
        for number in 0..<1000 { memory.keep(.nobody, of: Secret("\(number)"), at: now) }
        let kept = (0..<1000).count { memory.finding(Secret("\($0)"), at: now) != nil }
        #expect((10...20).contains(kept))
        #expect(memory.finding(Secret("999"), at: now) == .nobody)
    }
}
