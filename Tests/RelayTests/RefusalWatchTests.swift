import Relay
import Testing

@Suite("One bad record, or a receiver that accepts none")
struct RefusalWatchTests {
    private typealias Watch = RefusalWatch<String>

    @Test("The first few records of a kind are set aside; then all wait, whoever their owner is")
    func streak() {
        var watch = Watch(limit: 2)
        let decisions = ["a", "b", "c", "a", "d"].map { watch.refused("messages", of: $0, because: "x") }
        #expect(decisions == [.giveUp, .giveUp, .hold, .hold, .hold])
        let other = watch.refused("events", of: "e", because: "x")
        #expect(other == .giveUp)
    }

    @Test("An accepted record shows that the others were at fault")
    func accepted() {
        var watch = Watch(limit: 2)
        for owner in ["a", "b", "c"] { _ = watch.refused("messages", of: owner, because: "x") }
        watch.accepted([(kind: "events", owner: "d")])
        let held = watch.refused("messages", of: "c", because: "x")
        #expect(held == .hold)
        watch.accepted([(kind: "events", owner: "d"), (kind: "messages", owner: "d")])
        let next = watch.refused("messages", of: "c", because: "x")
        #expect(next == .giveUp)
    }

    @Test("If everything of one person is refused, nobody else waits for it")
    func onePerson() {
        var watch = Watch(limit: 2)
        let alone = (0..<3).map { _ in watch.refused("messages", of: "a", because: "x") }
        #expect(alone == [.giveUp, .giveUp, .hold], "nothing tells that the receiver takes anything")
        watch.accepted([(kind: "events", owner: "a")])
        let ownEvent = watch.refused("messages", of: "a", because: "x")
        #expect(ownEvent == .hold)
        watch.accepted([(kind: "events", owner: "b")])
        let later = (0..<9).map { _ in watch.refused("messages", of: "a", because: "x") }
        #expect(later.allSatisfy { $0 == .giveUp })
    }

    @Test("A refusal for another reason is another fault")
    func reasons() {
        var watch = Watch(limit: 2)
        let decisions = ["x", "y", "x", "y"].map { watch.refused("messages", of: "a", because: $0) }
        #expect(decisions == [.giveUp, .giveUp, .giveUp, .giveUp])
    }
}
