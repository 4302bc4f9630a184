import CCurl
import Synchronization

typealias TransferID = UInt64
typealias TransferContinuation = CheckedContinuation<Result<IncomingResponse, HTTPTransportError>, Never>

/// What callers want from the transport's thread.
enum TransferCommand: Sendable {
    case start(TransferID, OutgoingRequest, TransferContinuation)
    /// Has no effect once the transfer has ended.
    case cancel(TransferID)
}

/// Passes commands to the transport's thread, all waiting ones at once.
final class TransferInbox: @unchecked Sendable {
    // Unchecked: other threads use the pointer only for curl_multi_wakeup, which is thread-safe, and not after the inbox is closed.
    let multi: UnsafeMutableRawPointer
    private let state = Mutex(State())

    private struct State {
        var commands: [TransferCommand] = []
        var isClosed = false
    }

    init(multi: UnsafeMutableRawPointer) { self.multi = multi }

    /// Adds a command; a start after `close` fails at once.
    func put(_ command: TransferCommand) {
        let isTaken = state.withLock { state in
            guard !state.isClosed else { return false }
            state.commands.append(command)
            if state.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
        if !isTaken, case .start(_, _, let continuation) = command { continuation.resume(returning: .failure(.shutDown)) }
    }

    /// The commands since the last call. If `isLast`, no more will follow, and the multi handle is not woken again.
    func take() -> (commands: [TransferCommand], isLast: Bool) {
        state.withLock { state in
            defer { state.commands = [] }
            return (state.commands, state.isClosed)
        }
    }

    func close() {
        state.withLock { state in
            guard !state.isClosed else { return }
            state.isClosed = true
            curl_multi_wakeup(multi)
        }
    }
}
