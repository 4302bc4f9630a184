import Messaging
import Testing

@testable import Journal

@Suite("A bucket of tokens")
struct TokenBucketTests {
    private let start = Instant(milliseconds: 1_000_000)

    private func taken(_ bucket: inout TokenBucket, _ attempts: Int, after seconds: Int) -> Int {
        (0..<attempts).count { _ in bucket.take(at: start.adding(.seconds(seconds))) }
    }

    @Test("A burst passes up to the capacity, then so many a second, and never more than the capacity")
    func rate() {
        var bucket = TokenBucket(capacity: 10, perSecond: 2)
        #expect(taken(&bucket, 20, after: 0) == 10)
        #expect(taken(&bucket, 20, after: 3) == 6)
        #expect(taken(&bucket, 20, after: 1000) == 10)
    }

    @Test("A clock that steps back fills nothing")
    func backwards() {
        var bucket = TokenBucket(capacity: 1, perSecond: 1)
        #expect(taken(&bucket, 2, after: 100) == 1)
        #expect(taken(&bucket, 2, after: 0) == 0)
        #expect(taken(&bucket, 2, after: 100) == 0)
    }
}
