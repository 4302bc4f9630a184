import Synchronization
import Testing

@testable import Replay

@Suite("The clock of a replay")
struct ReplayClockTests {
    /// A clock that only advances when something sleeps on it.
    private final class Time: Sendable {
        private let start = ContinuousClock.now
        private let slept = Mutex<[Duration]>([])

        var sleeps: [Duration] { slept.withLock { $0 } }

        func clock(isStopped: @escaping @Sendable (Time) -> Bool = { _ in false }) -> ReplayClock {
            ReplayClock(
                isStopped: { isStopped(self) }, now: { self.start + self.sleeps.reduce(.zero, +) },
                sleep: { duration in self.slept.withLock { $0.append(duration) } })
        }
    }

    @Test("It waits until a time, checking at intervals whether it was stopped")
    func wait() async {
        let time = Time()
        let clock = time.clock()
        #expect(await clock.wait(until: .milliseconds(250)))
        #expect(time.sleeps == [.milliseconds(100), .milliseconds(100), .milliseconds(50)])
        #expect(clock.elapsed == .milliseconds(250))
        #expect(await clock.wait(for: .milliseconds(30)))
        #expect(clock.elapsed == .milliseconds(280))
    }

    @Test("A time in the past is due at once")
    func late() async {
        let time = Time()
        let clock = time.clock()
        #expect(await clock.wait(for: .seconds(1)))
        #expect(await clock.wait(until: .milliseconds(5)))
        #expect(clock.elapsed == .seconds(1))
    }

    @Test("Once stopped, it no longer waits, and nothing that is due begins", arguments: [0, 2])
    func stopped(afterSleeps count: Int) async {
        let time = Time()
        let clock = time.clock { $0.sleeps.count >= count }
        #expect(await clock.wait(until: .seconds(60)) == false)
        #expect(time.sleeps.count == count)
        #expect(await clock.wait(until: .zero) == false)
        #expect(clock.isStopped)
    }

    @Test("A cancelled task no longer waits")
    func cancelled() async {
        let clock = ReplayClock(sleep: { _ in throw CancellationError() })
        #expect(await clock.wait(until: .seconds(60)) == false)
    }
}
