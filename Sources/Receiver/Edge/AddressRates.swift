import HTTPTypes
import Messaging
import Synchronization

/// A rate for every address that sends requests, in bounded memory.
///
/// Addresses are kept in two generations: when the younger is full the older is dropped. An address that is forgotten begins with a full
/// bucket again, so somebody with many thousand addresses gets at most a burst more for each.
final class AddressRates: Sendable {
    private let perSecond: Int
    private let generationSize: Int
    private let buckets = Mutex(Generations())

    private struct Generations {
        var younger: [IPAddress: TokenBucket] = [:]
        var older: [IPAddress: TokenBucket] = [:]
    }

    /// A burst has as many requests as two seconds.
    init(perSecond: Int, generationSize: Int = 32_768) {
        self.perSecond = perSecond
        self.generationSize = generationSize
    }

    /// Takes a request of an address into account; the seconds after which to come again where it is one too many.
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
                    ?? TokenBucket(capacity: perSecond * 2, perSecond: Double(perSecond))
            }
            return generations.younger[key].take(at: now)
        }
    }

    /// Addresses that are kept, at most two generations.
    var count: Int { buckets.withLock { $0.younger.count + $0.older.count } }
}

extension Optional<TokenBucket> {
    /// Takes one in place; the seconds to wait where there is none.
    fileprivate mutating func take(at now: Instant) -> Int? {
        self?.take(at: now) == false ? self?.secondsToWait : nil
    }
}

/// The rate of one account: asked before a body is read, and used up by what was authentic alone, so that nobody without its secret can use up
/// what its provider may send.
final class AccountRate: Sendable {
    private let bucket: Mutex<TokenBucket>

    /// A burst has as many requests as two seconds.
    init(perSecond: Int) { bucket = Mutex(TokenBucket(capacity: perSecond * 2, perSecond: Double(perSecond))) }

    /// Whether the account has something left.
    func hasToken(at now: Instant) -> Bool { bucket.withLock { $0.hasToken(at: now) } }

    /// Throws 429 where the account has nothing left.
    func check(at now: Instant) throws(Problem) {
        let wait: Int? = bucket.withLock { $0.hasToken(at: now) ? nil : $0.secondsToWait }
        if let wait { throw Self.problem(wait) }
    }

    /// Uses one up; throws 429 where none is left.
    func use(at now: Instant) throws(Problem) {
        let wait: Int? = bucket.withLock { $0.take(at: now) ? nil : $0.secondsToWait }
        if let wait { throw Self.problem(wait) }
    }

    private static func problem(_ wait: Int) -> Problem {
        Problem(.tooManyRequests, detail: "this account takes no more requests at the moment", retryAfter: wait)
    }
}
