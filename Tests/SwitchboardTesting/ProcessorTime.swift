import Foundation

/// The time for which this thread's work kept a processor busy. Unlike elapsed time it is not longer beside other tests: it tells work that
/// grows with the square of its input, which takes minutes, from work that grows in proportion, which takes seconds.
public func processorTime(_ work: () throws -> Void) rethrows -> Duration {
    let start = threadTime()
    try work()
    return threadTime() - start
}

private func threadTime() -> Duration {
    var time = timespec()
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
}
