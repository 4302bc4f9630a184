import HTTPTypes
import Messaging
import Testing

@testable import Receiver

@Suite("Rates")
struct RateTests {
    private let start = Instant(milliseconds: 1_000_000)

    @Test("An address has its own burst and rate, which do not affect other addresses")
    func addresses() throws {
        let rates = AddressRates(perSecond: 5)
        let (one, other) = try (#require(IPAddress("192.0.2.1")), #require(IPAddress("192.0.2.2")))
        #expect((0..<20).count { _ in rates.secondsToWait(one, at: start) == nil } == 10)
        #expect(rates.secondsToWait(one, at: start) == 1)
        #expect(rates.secondsToWait(other, at: start) == nil)
        #expect((0..<20).count { _ in rates.secondsToWait(one, at: start.adding(.seconds(1))) == nil } == 5)
    }

    @Test("Checking an address's rate neither uses it up nor remembers the address")
    func asked() throws {
        let rates = AddressRates(perSecond: 0.5, burst: 3)
        let address = try #require(IPAddress("192.0.2.1"))
        for _ in 0..<10 { #expect(rates.secondsUntilAdmitted(address, at: start) == nil) }
        #expect(rates.count == 0)
        let taken = (0..<10).count { _ in rates.secondsToWait(address, at: start) == nil }
        #expect(taken == 3)
        #expect(rates.secondsUntilAdmitted(address, at: start) == 2)
        #expect(rates.secondsUntilAdmitted(address, at: start.adding(.seconds(2))) == nil)
        // The check has not used up the elapsed time.
        #expect(rates.secondsToWait(address, at: start.adding(.seconds(2))) == nil)
    }

    @Test("The number of remembered addresses is bounded, and a busy address is not forgotten")
    func boundedAddresses() throws {
        let rates = AddressRates(perSecond: 1, generationSize: 100)
        let busy = try #require(IPAddress("192.0.2.1"))
        for number in 0..<10_000 {
            let address = try #require(IPAddress("10.0.\(number / 256).\(number % 256)"))
            #expect(rates.secondsToWait(address, at: start) == nil)
            #expect((rates.secondsToWait(busy, at: start) == nil) == (number < 2))
            #expect(rates.count <= 200)
        }
    }

    @Test("Only authenticated requests use up an account's rate; checking the rate does not")
    func account() throws {
        let rate = AccountRate(perSecond: 1)
        for _ in 0..<100 { try rate.check(at: start) }
        try rate.use(at: start)
        try rate.use(at: start)
        let problem = #expect(throws: Problem.self) { try rate.use(at: start) }
        #expect(problem?.status == .tooManyRequests)
        #expect(problem?.headers[.retryAfter] == "1")
        #expect(throws: Problem.self) { try rate.check(at: start) }
        try rate.check(at: start.adding(.seconds(1)))
    }
}
