import Relay
import Testing

@Suite("The wait before the next attempt")
struct BackoffPolicyTests {
    private let policy = BackoffPolicy(first: .milliseconds(200), longest: .seconds(10))

    @Test("The wait doubles up to the longest wait", arguments: [(1, 200), (2, 400), (3, 800), (6, 6400), (7, 10_000), (1000, 10_000)])
    func doubles(attempt: Int, milliseconds: Int) {
        #expect(policy.delay(afterAttempt: attempt, random: 1) == .milliseconds(milliseconds))
    }

    @Test("A random part of up to half of it is subtracted")
    func jitter() {
        #expect(policy.delay(afterAttempt: 2, random: 0) == .milliseconds(200))
        #expect(policy.delay(afterAttempt: 2, random: 0.5) == .milliseconds(300))
    }

    @Test("The server's Retry-After is the minimum, up to five minutes; zero has no effect")
    func asked() {
        #expect(policy.delay(afterAttempt: 1, asked: .seconds(7), random: 1) == .seconds(7))
        #expect(policy.delay(afterAttempt: 1, asked: .seconds(7000), random: 1) == .seconds(300))
        #expect(policy.delay(afterAttempt: 1, asked: .zero, random: 1) == .milliseconds(200))
    }
}
