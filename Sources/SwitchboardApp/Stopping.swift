import Journal
import Logging
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Waits for SIGTERM or SIGINT and returns, which has the gateway's other services shut down; knows afterwards which of them it was.
final class StopSignal: Service {
    private let signals: UnixSignalsSequence
    private let state = Mutex<UnixSignal?>(nil)

    /// Listens from now on and as long as it lives: a second signal changes nothing.
    init() async { signals = await UnixSignalsSequence(trapping: .sigterm, .sigint) }

    /// The signal that came; nil where none has.
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

/// Counts the rows that still wait for the database at the end of a gateway: after its sync has stopped and before its journal is closed, so
/// that it stands between the two among the services.
final class WaitingRows: Service {
    private let journal: Journal
    private let target: String
    private let state = Mutex<Int?>(nil)

    /// `target` is what the journal calls the database.
    init(_ journal: Journal, target: String) {
        self.journal = journal
        self.target = target
    }

    /// How many there were; nil where they could not be counted.
    var count: Int? { state.withLock { $0 } }

    func run() async {
        do {
            try await gracefulShutdown()
            let depth = try await journal.reader.backlog(of: target).depth
            state.withLock { $0 = depth }
        } catch {
            // A gateway that is cancelled, or whose journal cannot be read, says why elsewhere.
        }
    }
}

extension Logger {
    /// Says that the gateway has stopped, by which signal, and how many rows the database has not got.
    func stopped(by signal: UnixSignal?, waiting rows: Int?) {
        var metadata: Logger.Metadata = ["signal": "\(signal.map { "\($0)" } ?? "none")"]
        if let rows {
            metadata["sync.waiting_rows"] = "\(rows)"
            if rows > 0 { metadata["consequence"] = "the rows that wait for Supabase are in the journal: the next start sends them" }
        }
        notice("the gateway has stopped", metadata: metadata)
    }
}
