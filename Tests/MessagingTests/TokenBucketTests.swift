import Messaging
import Testing

@Suite("A bucket of tokens")
struct TokenBucketTests {
    private let start = Instant(milliseconds: 1_000_000)

    private func taken(_ bucket: inout TokenBucket, _ attempts: Int, after seconds: Int) -> Int {
        (0..<attempts).count { _ in bucket.take(at: start.adding(.seconds(seconds))) }
    }

    @Test("A burst passes up to the capacity, then a fixed number per second, and never more than the capacity")
    func rate() {
        var bucket = TokenBucket(capacity: 10, perSecond: 2)
        #expect(taken(&bucket, 20, after: 0) == 10)
        #expect(taken(&bucket, 20, after: 3) == 6)
        #expect(taken(&bucket, 20, after: 1000) == 10)
    }

    @Test("A refused caller gets the number of whole seconds until the next one passes")
    func wait() {
        var slow = TokenBucket(capacity: 1, perSecond: 0.25)
        #expect(taken(&slow, 2, after: 0) == 1)
        #expect(slow.secondsToWait == 4)
        #expect(taken(&slow, 1, after: 3) == 0)
        #expect(slow.secondsToWait == 1)
        #expect(taken(&slow, 1, after: 4) == 1)
    }

    @Test("Checking without taking uses nothing up")
    func asking() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1)
        let first = (0..<10).count { _ in bucket.hasToken(at: start) }
        #expect(first == 10)
        #expect(taken(&bucket, 2, after: 0) == 1)
        let second = bucket.hasToken(at: start)
        #expect(!second)
    }

    @Test("After a use is undone the token can be taken again, and no bucket has more tokens than its capacity")
    func putBack() {
        var bucket = TokenBucket(capacity: 2, perSecond: 1)
        bucket.putBack()
        #expect(taken(&bucket, 5, after: 0) == 2)
        bucket.putBack()
        #expect(taken(&bucket, 5, after: 0) == 1)
    }

    @Test("A clock that is set back adds no tokens")
    func backwards() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1)
        #expect(taken(&bucket, 2, after: 100) == 1)
        #expect(taken(&bucket, 2, after: 0) == 0)
        #expect(taken(&bucket, 2, after: 100) == 0)
    }
}
