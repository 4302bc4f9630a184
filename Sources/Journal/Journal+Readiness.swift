import Messaging
import SQLiteStore
import Watchdog

extension Journal {
    /// Whether deliveries can be accepted now.
    public struct Readiness: Sendable, Equatable {
        /// Whether this journal never stores anything, so that it is never ready.
        public var isReadOnly: Bool
        /// Why a row could not be written a moment ago; nil if it could.
        public var failure: String?
        /// The free bytes on the journal's disk; nil if the system does not report them.
        public var freeSpace: Int64?
        public var isSpaceLow: Bool
        /// Bytes of the write-ahead log.
        public var logSize: Int64
        /// Why the log cannot be copied back into the journal, so that it grows; nil if it can.
        public var logFailure: String?
        /// The number of failed attempts since the start.
        public var logFailures: Int
        /// Whether the log fails in a way that someone must act on.
        public var isLogFailing: Bool

        public var isReady: Bool { failure == nil && !isSpaceLow && !isLogFailing }
    }

    /// Writes a row as for a delivery, and checks the write-ahead log and the free space. While a watchdog finds the writer blocked,
    /// nothing is written: a probe must not wait for the writer.
    public func readiness() async -> Readiness {
        let failure = board.tally(of: .writer).isBlocked ? "the writer is blocked; the log says by what" : await writeFailure()
        let space = DiskSpace.free(at: configuration.path)
        let log = log
        return Readiness(
            isReadOnly: configuration.access == .readOnly, failure: failure, freeSpace: space,
            isSpaceLow: space.map { $0 < configuration.minimumFreeSpace } ?? false,
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
