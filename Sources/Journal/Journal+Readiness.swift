import Messaging
import SQLiteStore
import Watchdog

extension Journal {
    /// Whether deliveries can be taken now.
    public struct Readiness: Sendable, Equatable {
        /// Why a row could not be written a moment ago; nil where it could.
        public var failure: String?
        /// Bytes free on the journal's disk; nil where the system does not tell.
        public var freeSpace: Int64?
        public var isSpaceLow: Bool
        /// Bytes of the write-ahead log.
        public var logSize: Int64
        /// Why the log cannot be copied back into the journal, so that it grows; nil where it can.
        public var logFailure: String?
        /// How often that failed since the start.
        public var logFailures: Int
        /// Whether the log fails in a way that someone must act on.
        public var isLogFailing: Bool

        public var isReady: Bool { failure == nil && !isSpaceLow && !isLogFailing }
    }

    /// Writes a row as a delivery would be written, and looks at the write-ahead log and how much space is left. While a watchdog finds the
    /// writer blocked nothing is written: a probe must not wait for what it is asked about.
    public func readiness() async -> Readiness {
        let failure = board.tally(of: .writer).isBlocked ? "the writer is blocked; the log says by what" : await writeFailure()
        let space = DiskSpace.free(at: configuration.path)
        let log = log
        return Readiness(
            failure: failure, freeSpace: space, isSpaceLow: space.map { $0 < configuration.minimumFreeSpace } ?? false,
            logSize: log?.bytes ?? 0, logFailure: log?.failure?.reason, logFailures: log?.failures ?? 0,
            isLogFailing: log?.isFailing ?? false)
    }

    /// Why a row cannot be written now.
    private func writeFailure() async -> String? {
        let now = now()
        do { try await write { try $0.writeProbe(at: now) } } catch { return "\(error)" }
        return nil
    }
}
