import Messaging
import Testing

@testable import Receiver

@Suite("Sets of quarter hours")
struct QuarterHoursTests {
    private static let now = 1_994_000

    @Test("An inserted number is in the set, in any order, until it is four weeks old")
    func kept() {
        var quarters = QuarterHours()
        for number in [Self.now - 3, Self.now, Self.now - 1] { quarters.insert(number) }
        #expect((Self.now - 5...Self.now + 1).filter { quarters.contains($0) } == [Self.now - 3, Self.now - 1, Self.now])
        quarters.insert(Self.now + QuarterHours.kept - 2)
        #expect((Self.now - 5...Self.now + 1).filter { quarters.contains($0) } == [Self.now - 1, Self.now])
        // The places of the earlier numbers do not count for later ones.
        #expect((Self.now + 1..<Self.now + QuarterHours.kept - 2).allSatisfy { !quarters.contains($0) })
        quarters.insert(Self.now + 3 * QuarterHours.kept)
        #expect(!quarters.contains(Self.now) && quarters.contains(Self.now + 3 * QuarterHours.kept))
    }

    @Test("If the clock steps back, the set continues; if it steps back by more than the set keeps, the set begins anew")
    func steps() {
        var quarters = QuarterHours()
        quarters.insert(Self.now)
        quarters.insert(Self.now - QuarterHours.week)
        #expect(quarters.contains(Self.now) && quarters.contains(Self.now - QuarterHours.week))
        quarters.insert(Self.now - QuarterHours.kept)
        #expect(quarters.contains(Self.now - QuarterHours.kept) && !quarters.contains(Self.now))
        quarters.insert(-1)
        #expect(!quarters.contains(-1))
    }

    @Test("The same time one week later has the number plus one week")
    func numbers() {
        let monday = Instant(milliseconds: 1_795_370_400_000)
        let number = QuarterHours.number(of: monday)
        #expect(QuarterHours.number(of: monday.adding(.seconds(7 * 24 * 3600))) == number + QuarterHours.week)
        #expect(QuarterHours.number(of: monday.adding(.seconds(899))) == number)
        #expect(QuarterHours.number(of: monday.adding(.seconds(900))) == number + 1)
    }

    @Test("The set is read back from its description, and no other text is accepted")
    func text() {
        var quarters = QuarterHours()
        for number in stride(from: Self.now - QuarterHours.kept + 1, through: Self.now, by: 7) { quarters.insert(number) }
        #expect(QuarterHours(quarters.description) == quarters)
        #expect(QuarterHours(QuarterHours().description) == QuarterHours())
        for text in ["", "1", "x" + quarters.description, quarters.description + " 0", "-" + quarters.description] {
            #expect(QuarterHours(text) == nil)
        }
    }
}
