import Journal
import Testing

@testable import Supabase

@Suite("Rows that wait until somebody fixes the database")
struct RefusedWorkTests {
    private let messages = OutboxItem.Shape(kind: .message, hasSession: true)
    private let events = OutboxItem.Shape(kind: .event, hasSession: false)

    @Test("An outage is over when every call that was refused was taken, however many others were meanwhile")
    func calls() {
        var work = RefusedWork()
        work.failed(call: "a", isPause: true)
        work.failed(call: "b", isPause: true)
        work.ended(call: "c", rows: [1, 2])
        #expect(!work.isEmpty)
        work.ended(call: "a")
        // It fails in another way: its rows are looked at one by one.
        work.failed(call: "b", isPause: false)
        #expect(work.isEmpty)
    }

    @Test("Rows of a kind that wait are told once, until all of them were taken or given up")
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
