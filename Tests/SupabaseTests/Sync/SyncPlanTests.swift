import Journal
import Testing

@testable import Supabase

@Suite("The plan of the lanes")
struct SyncPlanTests {
    @Test("A contact's rows stay in one lane and in order, one batch on its way at a time")
    func order() throws {
        var plan = SyncPlan(position: 0, lanes: 4, limits: .testing(rows: 2))
        plan.add((1...10).map { .testing($0, owner: "asha") })
        let lane = try #require((0..<4).first { plan.take(lane: $0) != nil })
        #expect(plan.take(lane: lane) == nil)
        plan.finish(lane: lane)
        #expect(plan.take(lane: lane)?.map(\.sequence) == [3, 4])
    }

    @Test("The position stands before the first row that is not done, whichever lane has it")
    func position() {
        var plan = SyncPlan(position: 100, lanes: 2, limits: .testing(rows: 1))
        let owners = Owners(lanes: 2)
        plan.add([.testing(101, owner: owners[0]), .testing(102, owner: owners[1]), .testing(103, owner: owners[1])])
        #expect(plan.position == 100 && plan.readPosition == 103)
        #expect(plan.take(lane: 1)?.map(\.sequence) == [102])
        plan.finish(lane: 1)
        #expect(plan.position == 100)
        #expect(plan.take(lane: 0)?.map(\.sequence) == [101])
        #expect(plan.position == 100)
        plan.finish(lane: 0)
        #expect(plan.position == 102)
        _ = plan.take(lane: 1)
        plan.finish(lane: 1)
        #expect(plan.position == 103)
    }

    @Test("Rows that are not carried are passed over")
    func passedOver() {
        var plan = SyncPlan(position: 7, lanes: 2, limits: .testing(rows: 1))
        plan.add(OutboxPage(items: [], end: 9))
        #expect(plan.position == 9 && plan.readPosition == 9)
    }

    @Test("A lane that stands still does not let the memory fill up")
    func room() {
        var plan = SyncPlan(position: 0, lanes: 2, limits: .testing(rows: 10, waitingRows: 20))
        plan.add((1...19).map { .testing($0, owner: "asha") })
        #expect(plan.hasRoom)
        plan.add([.testing(20, owner: "asha")])
        #expect(!plan.hasRoom)
    }

    @Test("Large rows fill the memory and a call before many do, but one always goes")
    func bytes() throws {
        var plan = SyncPlan(position: 0, lanes: 1, limits: SyncPlan.Limits(rows: 10, bytes: 250, waitingRows: 100, waitingBytes: 500))
        plan.add((1...5).map { .testing($0, owner: "asha", bytes: 100) } + [.testing(6, owner: "asha", bytes: 1000)])
        #expect(!plan.hasRoom)
        var calls: [[Int64]] = []
        while let items = plan.take(lane: 0) {
            calls.append(items.map(\.sequence))
            plan.finish(lane: 0)
        }
        #expect(calls == [[1, 2], [3, 4], [5], [6]])
    }

    @Test("Owners are spread over all lanes")
    func spread() {
        var plan = SyncPlan(position: 0, lanes: 4, limits: .testing(rows: 1000, waitingRows: 10_000))
        plan.add((1...1000).map { .testing($0, owner: "contact-\($0)") })
        let counts = (0..<4).map { plan.take(lane: $0)?.count ?? 0 }
        #expect(counts.allSatisfy { $0 > 150 })
    }
}

/// One owner for each lane.
private struct Owners {
    private var byLane: [Int: String] = [:]

    init(lanes: Int) {
        var number = 0
        while byLane.count < lanes {
            number += 1
            var plan = SyncPlan(position: 0, lanes: lanes, limits: .testing(rows: 1))
            plan.add([.testing(1, owner: "owner-\(number)")])
            if let lane = (0..<lanes).first(where: { plan.take(lane: $0) != nil }) { byLane[lane] = "owner-\(number)" }
        }
    }

    subscript(lane: Int) -> String { byLane[lane] ?? "" }
}

extension SyncPlan {
    /// A page that ends with its last row.
    fileprivate mutating func add(_ items: [OutboxItem]) { add(OutboxPage(items: items, end: items.last?.sequence ?? 0)) }
}

extension SyncPlan.Limits {
    fileprivate static func testing(rows: Int, waitingRows: Int = 1000) -> SyncPlan.Limits {
        SyncPlan.Limits(rows: rows, bytes: 1 << 20, waitingRows: waitingRows, waitingBytes: 1 << 20)
    }
}

extension OutboxItem {
    /// A message's row of so many bytes.
    static func testing(_ sequence: Int64, owner: String, bytes: Int = 2) -> OutboxItem {
        OutboxItem(
            sequence: sequence, kind: .message, record: Array("{\(String(repeating: " ", count: bytes - 2))}".utf8), session: nil,
            owner: owner, deliveryID: nil)
    }
}
