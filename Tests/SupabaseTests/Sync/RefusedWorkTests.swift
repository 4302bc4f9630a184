import Journal
import Testing

@testable import Supabase

@Suite("Rows that wait until the database is fixed")
struct RefusedWorkTests {
    private let messages = OutboxItem.Shape(kind: .message, hasSession: true)
    private let events = OutboxItem.Shape(kind: .event, hasSession: false)

    @Test("An outage ends when every refused call was accepted, however many other calls succeeded meanwhile")
    func calls() {
        var work = RefusedWork()
        work.failed(call: "a", isPause: true)
        work.failed(call: "b", isPause: true)
        work.ended(call: "c", rows: [1, 2])
        #expect(!work.isEmpty)
        work.ended(call: "a")
        // Now the call fails in another way, so its rows are tried one by one.
        work.failed(call: "b", isPause: false)
        #expect(work.isEmpty)
    }

    @Test("Waiting rows of a kind are reported once, until all of them were accepted or given up")
    func rows() {
        var work = RefusedWork()
        let first = work.holds(1, of: messages)
        let second = work.holds(2, of: messages)
        let other = work.holds(3, of: events)
        #expect(first && !second && other)
        work.ended(call: "a", rows: [1, 3])
        let again = work.holds(4, of: messages)
        #expect(!again && !work.isEmpty)
        work.ended(rows: [2])
        work.ended(rows: [4])
        let next = work.holds(5, of: messages)
        #expect(next)
    }
}
