import Journal
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Waits for SIGTERM or SIGINT and returns, which makes the other services shut down; remembers which signal it was.
final class StopSignal: Service {
    private let signals: UnixSignalsSequence
    private let state = Mutex<UnixSignal?>(nil)

    /// Listens from now on and as long as it exists; a second signal has no effect.
    init() async { signals = await UnixSignalsSequence(trapping: .sigterm, .sigint) }

    /// The received signal; nil if there was none.
    var received: UnixSignal? { state.withLock { $0 } }

    func run() async {
        await cancelWhenGracefulShutdown {
            for await signal in self.signals {
                self.state.withLock { $0 = signal }
                return
            }
        }
    }
}

/// Counts the rows that still wait for the database when the gateway ends: after its sync has stopped and before its journal is closed,
/// hence its place between them in the list of services.
final class WaitingRows: Service {
    private let journal: Journal
    private let target: String
    private let state = Mutex<Int?>(nil)

    /// `target` is the database's name in the journal.
    init(_ journal: Journal, target: String) {
        self.journal = journal
        self.target = target
    }

    /// The number of waiting rows; nil if they could not be counted.
    var count: Int? { state.withLock { $0 } }

    func run() async {
        do {
            try await gracefulShutdown()
            let depth = try await journal.reader.backlog(of: target).depth
            state.withLock { $0 = depth }
        } catch {
            // If the gateway is cancelled, or its journal cannot be read, the reason is logged elsewhere.
        }
    }
}

extension Logger {
    /// Logs that the gateway has stopped, the signal, and how many rows still wait for the database.
    func stopped(by signal: UnixSignal?, waiting rows: Int?) {
        var metadata: Logger.Metadata = ["signal": "\(signal.map { "\($0)" } ?? "none")"]
        if let rows {
            metadata["sync.waiting_rows"] = .stringConvertible(rows)
            if rows > 0 { metadata["consequence"] = "the rows that wait for Supabase are in the journal: the next start sends them" }
        }
        notice("the gateway has stopped", metadata: metadata)
    }
}
