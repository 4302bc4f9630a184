import HTTPTypes
import Messaging
import Synchronization

/// A rate limit per client address, in bounded memory.
///
/// Addresses are kept in two generations: when the younger one is full, the older one is dropped. An address that was dropped starts with a
/// full bucket, so a client with many thousands of addresses gains at most one more burst per address.
final class AddressRates: Sendable {
    private let perSecond: Double
    private let burst: Int
    private let generationSize: Int
    private let buckets = Mutex(Generations())

    private struct Generations {
        var younger: [IPAddress: TokenBucket] = [:]
        var older: [IPAddress: TokenBucket] = [:]
    }

    /// A burst may have as many requests as two seconds.
    convenience init(perSecond: Int, generationSize: Int = 32_768) {
        self.init(perSecond: Double(perSecond), burst: perSecond * 2, generationSize: generationSize)
    }

    /// A burst may have as many requests as `burst`.
    init(perSecond: Double, burst: Int, generationSize: Int = 32_768) {
        self.perSecond = perSecond
        self.burst = burst
        self.generationSize = generationSize
    }

    /// Counts a request of an address. Returns the seconds after which to retry if it exceeds the rate, nil otherwise.
    func secondsToWait(_ address: IPAddress, at now: Instant) -> Int? {
        let key = address.network
        return buckets.withLock { generations in
            if generations.younger[key] == nil {
                if generations.younger.count >= generationSize {
                    generations.older = generations.younger
                    generations.younger = [:]
                }
                generations.younger[key] =
                    generations.older.removeValue(forKey: key)
                    ?? TokenBucket(capacity: burst, perSecond: perSecond)
            }
            return generations.younger[key].take(at: now)
        }
    }

    /// The seconds after which a request of an address would be within the rate, without counting one; nil if it is now.
    func secondsUntilAdmitted(_ address: IPAddress, at now: Instant) -> Int? {
        let key = address.network
        return buckets.withLock { generations in
            guard var bucket = generations.younger[key] ?? generations.older[key], !bucket.hasToken(at: now) else { return nil }
            return bucket.secondsToWait
        }
    }

    /// The number of addresses that are kept, at most two generations.
    var count: Int { buckets.withLock { $0.younger.count + $0.older.count } }
}

extension Optional<TokenBucket> {
    /// Takes a token in place; returns the seconds to wait if there is none.
    fileprivate mutating func take(at now: Instant) -> Int? {
        self?.take(at: now) == false ? self?.secondsToWait : nil
    }
}

/// The rate of one account. It is checked before a body is read, but only authenticated deliveries use it up, so that nobody without the
/// secret can use up the provider's share.
final class AccountRate: Sendable {
    private let bucket: Mutex<TokenBucket>

    /// A burst may have as many requests as two seconds.
    init(perSecond: Int) { bucket = Mutex(TokenBucket(capacity: perSecond * 2, perSecond: Double(perSecond))) }

    /// Whether a delivery is within the rate.
    func hasToken(at now: Instant) -> Bool { bucket.withLock { $0.hasToken(at: now) } }

    /// Throws 429 if the rate is used up.
    func check(at now: Instant) throws(Problem) {
        let wait: Int? = bucket.withLock { $0.hasToken(at: now) ? nil : $0.secondsToWait }
        if let wait { throw Self.problem(wait) }
    }

    /// Uses up one delivery of the rate; throws 429 if none is left.
    func use(at now: Instant) throws(Problem) {
        let wait: Int? = bucket.withLock { $0.take(at: now) ? nil : $0.secondsToWait }
        if let wait { throw Self.problem(wait) }
    }

    /// Undoes one use, for a delivery that will use the rate again.
    func undoUse() { bucket.withLock { $0.putBack() } }

    private static func problem(_ wait: Int) -> Problem {
        Problem(.tooManyRequests, detail: "this account takes no more requests at the moment", retryAfter: wait)
    }
}
