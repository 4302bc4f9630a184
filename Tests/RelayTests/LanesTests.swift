import Relay
import Testing

@Suite("Lanes")
struct LanesTests {
    @Test("An owner's items stay in one lane and in order, with one batch in flight at a time")
    func order() throws {
        var lanes = Lanes<Int64>(position: 0, count: 4, limits: .testing(items: 2))
        lanes.add((1...10).map { .testing($0, owner: "asha") })
        let lane = try #require((0..<4).first { lanes.take(lane: $0) != nil })
        #expect(lanes.take(lane: lane) == nil)
        lanes.finish(lane: lane)
        #expect(lanes.take(lane: lane) == [3, 4])
    }

    @Test("The position is before the first row that is not done, in whichever lane it is")
    func position() {
        var lanes = Lanes<Int64>(position: 100, count: 2, limits: .testing(items: 1))
        let owners = Owners(lanes: 2)
        lanes.add([.testing(101, owner: owners[0]), .testing(102, owner: owners[1]), .testing(103, owner: owners[1])])
        #expect(lanes.position == 100 && lanes.readPosition == 103)
        #expect(lanes.take(lane: 1) == [102])
        lanes.finish(lane: 1)
        #expect(lanes.position == 100)
        #expect(lanes.take(lane: 0) == [101])
        #expect(lanes.position == 100)
        lanes.finish(lane: 0)
        #expect(lanes.position == 102)
        _ = lanes.take(lane: 1)
        lanes.finish(lane: 1)
        #expect(lanes.position == 103)
    }

    @Test("Numbers without an item are skipped")
    func passedOver() {
        var lanes = Lanes<Int64>(position: 7, count: 2, limits: .testing(items: 1))
        lanes.read(to: 9)
        #expect(lanes.position == 9 && lanes.readPosition == 9)
    }

    @Test("A blocked lane does not fill up the memory")
    func room() {
        var lanes = Lanes<Int64>(position: 0, count: 2, limits: .testing(items: 10, waitingItems: 20))
        lanes.add((1...19).map { .testing($0, owner: "asha") })
        #expect(lanes.hasRoom)
        lanes.add([.testing(20, owner: "asha")])
        #expect(!lanes.hasRoom)
    }

    @Test("Large items fill the memory and a call with fewer items, but one item is always sent")
    func bytes() throws {
        var lanes = Lanes<Int64>(position: 0, count: 1, limits: .init(items: 10, bytes: 250, waitingItems: 100, waitingBytes: 500))
        lanes.add((1...5).map { .testing($0, owner: "asha", bytes: 100) } + [.testing(6, owner: "asha", bytes: 1000)])
        #expect(!lanes.hasRoom)
        var calls: [[Int64]] = []
        while let items = lanes.take(lane: 0) {
            calls.append(items)
            lanes.finish(lane: 0)
        }
        #expect(calls == [[1, 2], [3, 4], [5], [6]])
    }

    @Test("Owners are spread over all lanes")
    func spread() {
        var lanes = Lanes<Int64>(position: 0, count: 4, limits: .testing(items: 1000, waitingItems: 10_000))
        lanes.add((1...1000).map { .testing($0, owner: "contact-\($0)") })
        let counts = (0..<4).map { lanes.take(lane: $0)?.count ?? 0 }
        #expect(counts.allSatisfy { $0 > 150 })
    }
}

/// The owner of each lane.
private struct Owners {
    private var byLane: [Int: String] = [:]

    init(lanes count: Int) {
        var number = 0
        while byLane.count < count {
            number += 1
            var lanes = Lanes<Int64>(position: 0, count: count, limits: .testing(items: 1))
            lanes.add([.testing(1, owner: "owner-\(number)")])
            if let lane = (0..<count).first(where: { lanes.take(lane: $0) != nil }) { byLane[lane] = "owner-\(number)" }
        }
    }

    subscript(lane: Int) -> String { byLane[lane] ?? "" }
}

/// An item that has only a number and an owner.
private struct Numbered {
    let number: Int64
    let owner: String
    var bytes = 2

    static func testing(_ number: Int64, owner: String, bytes: Int = 2) -> Numbered { Numbered(number: number, owner: owner, bytes: bytes) }
}

extension Lanes where Item == Int64 {
    fileprivate mutating func add(_ items: [Numbered]) {
        for item in items { add(item.number, at: item.number, of: item.owner, size: item.bytes) }
    }
}

extension Lanes.Limits where Item == Int64 {
    fileprivate static func testing(items: Int, waitingItems: Int = 1000) -> Lanes<Int64>.Limits {
        Lanes<Int64>.Limits(items: items, bytes: 1 << 20, waitingItems: waitingItems, waitingBytes: 1 << 20)
    }
}
