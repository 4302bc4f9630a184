import Synchronization
import Testing

@testable import Replay

@Suite("Work in order")
struct InOrderTests {
    @Test("Results are returned in the order of the elements, with no more at a time than allowed", arguments: [1, 3, 64])
    func order(width: Int) async throws {
        let running = Mutex((now: 0, most: 0))
        var next = 0
        var results: [Int] = []
        try await inOrder(width: width) {
            defer { next += 1 }
            return next < 50 ? next : nil
        } work: { number in
            running.withLock {
                $0.now += 1; $0.most = max($0.most, $0.now)
            }
            for _ in 0..<(number * 7 % 5) { await Task.yield() }
            running.withLock { $0.now -= 1 }
            return number
        } consume: {
            results.append($0)
        }
        #expect(results == Array(0..<50))
        #expect(running.withLock { $0.most } <= width)
    }

    @Test("An error ends the work")
    func error() async {
        struct Stop: Error {}
        var consumed = 0
        await #expect(throws: Stop.self) {
            try await inOrder(width: 2) {
                1
            } work: {
                $0
            } consume: { _ in
                consumed += 1
                if consumed == 3 { throw Stop() }
            }
        }
        #expect(consumed == 3)
    }
}
