import CCurl
import Synchronization

typealias TransferID = UInt64
typealias TransferContinuation = CheckedContinuation<Result<IncomingResponse, HTTPTransportError>, Never>

/// What callers ask of the transport's thread.
enum TransferCommand: Sendable {
    case start(TransferID, OutgoingRequest, TransferContinuation)
    /// Does nothing where the transfer has ended.
    case cancel(TransferID)
}

/// Hands commands to the transport's thread, all that have gathered at a time.
final class TransferInbox: @unchecked Sendable {
    // Unchecked: other threads use the pointer for curl_multi_wakeup only, which is made for that, and never once the inbox is closed.
    let multi: UnsafeMutableRawPointer
    private let state = Mutex(State())

    private struct State {
        var commands: [TransferCommand] = []
        var isClosed = false
    }

    init(multi: UnsafeMutableRawPointer) { self.multi = multi }

    /// A start that comes after `close` fails at once.
    func put(_ command: TransferCommand) {
        let isTaken = state.withLock { state in
            guard !state.isClosed else { return false }
            state.commands.append(command)
            if state.commands.count == 1 { curl_multi_wakeup(multi) }
            return true
        }
        if !isTaken, case .start(_, _, let continuation) = command { continuation.resume(returning: .failure(.shutDown)) }
    }

    /// Commands that came since the last call; once `isLast`, none will come any more and nobody wakes the multi handle.
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
