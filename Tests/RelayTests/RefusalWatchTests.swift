import Relay
import Testing

@Suite("One bad record, or a receiver that takes none")
struct RefusalWatchTests {
    private typealias Watch = RefusalWatch<String>

    @Test("The first few of a kind are put aside; after them all wait")
    func streak() {
        var watch = Watch(limit: 2)
        let decisions = (0..<5).map { _ in watch.refused("messages", because: "a") }
        #expect(decisions == [.giveUp, .giveUp, .hold, .hold, .hold])
        let other = watch.refused("events", because: "a")
        #expect(other == .giveUp)
    }

    @Test("One that is taken shows that the others were at fault")
    func accepted() {
        var watch = Watch(limit: 2)
        for _ in 0..<3 { _ = watch.refused("messages", because: "a") }
        watch.accepted(["events"])
        let held = watch.refused("messages", because: "a")
        #expect(held == .hold)
        watch.accepted(["events", "messages"])
        let next = watch.refused("messages", because: "a")
        #expect(next == .giveUp)
    }

    @Test("Another reason is another fault")
    func reasons() {
        var watch = Watch(limit: 2)
        let decisions = ["a", "b", "a", "b"].map { watch.refused("messages", because: $0) }
        #expect(decisions == [.giveUp, .giveUp, .giveUp, .giveUp])
    }
}
