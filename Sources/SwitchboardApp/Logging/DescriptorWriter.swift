import Dispatch
import Foundation
import Synchronization

/// Writes lines to a descriptor on a thread of its own, so that callers never wait, neither for a pipe that nobody reads nor for a stopped
/// terminal.
public final class DescriptorWriter: Sendable {
    private let descriptor: Int32
    private let state: Mutex<State>
    /// Signalled when the first line arrives in an empty queue.
    private let filled = DispatchSemaphore(value: 0)

    private struct State {
        var queue: LogLineQueue
        var hasThread = false
    }

    /// `capacity` is how many bytes may wait. `report` makes the line that says how many lines were dropped beyond it.
    public init(
        _ descriptor: Int32, capacity: Int = 1 << 20, report: @escaping @Sendable (Int) -> String = { "(\($0) lines were dropped)\n" }
    ) {
        self.descriptor = descriptor
        state = Mutex(State(queue: LogLineQueue(capacity: capacity, report: report)))
    }

    /// The number of lines dropped so far.
    var dropped: Int { state.withLock { $0.queue.dropped } }

    /// Enqueues complete lines, each with its line break, and returns at once.
    public func write(_ lines: String) {
        let (isFirst, isNews) = state.withLock { state in
            defer { state.hasThread = true }
            return (!state.hasThread, state.queue.append(lines))
        }
        if isFirst { start() }
        if isNews { filled.signal() }
    }

    /// Waits until everything is written, at most for `limit`; called before the process ends.
    public func flush(within limit: Duration = .seconds(1)) {
        let deadline = ContinuousClock.now + limit
        while !state.withLock({ $0.queue.isEmpty }), ContinuousClock.now < deadline { usleep(1000) }
    }

    private func start() {
        let thread = Thread { self.run() }
        thread.name = "output-\(descriptor)"
        thread.stackSize = 256 << 10
        thread.start()
    }

    private func run() {
        while true {
            filled.wait()
            while true {
                let lines = state.withLock { $0.queue.take() }
                guard !lines.isEmpty else { break }
                writeAll(lines)
            }
        }
    }

    private func writeAll(_ lines: [UInt8]) {
        var rest = lines[...]
        while !rest.isEmpty {
            let piece = rest.prefix(Self.pieceLength(of: rest))
            let count = piece.withUnsafeBytes { Foundation.write(descriptor, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
                state.withLock { $0.queue.release(count) }
            } else if !canTryAgain(errno) {
                // The descriptor cannot report its own failure, but the lost lines are counted and reported if it recovers.
                state.withLock { state in
                    state.queue.release(rest.count)
                    state.queue.drop(rest.count { $0 == UInt8(ascii: "\n") })
                }
                // The writer waits before the next attempt: a full disk stays full for a while.
                usleep(100_000)
                return
            }
        }
    }

    /// Whether to try again; first waits for a non-blocking descriptor, which another process may have made of standard error.
    private func canTryAgain(_ code: Int32) -> Bool {
        guard code == EAGAIN || code == EWOULDBLOCK else { return code == EINTR }
        var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
        poll(&waiting, 1, -1)
        return true
    }

    /// The length of the whole lines that a pipe takes atomically, so that they never mix with another process's; at least one line.
    static func pieceLength(of lines: ArraySlice<UInt8>) -> Int {
        let end = UInt8(ascii: "\n")
        if let last = lines.prefix(Int(PIPE_BUF)).lastIndex(of: end) { return last + 1 - lines.startIndex }
        return (lines.firstIndex(of: end) ?? lines.endIndex - 1) + 1 - lines.startIndex
    }
}
