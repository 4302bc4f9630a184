import Foundation
import Messaging

extension Journal {
    /// Whether deliveries can be taken now.
    public struct Readiness: Sendable, Equatable {
        /// Why a row could not be written a moment ago; nil where it could.
        public var failure: String?
        /// Bytes free on the journal's disk; nil where the system does not tell.
        public var freeSpace: Int64?
        public var isSpaceLow: Bool

        public var isReady: Bool { failure == nil && !isSpaceLow }
    }

    /// Writes a row as a delivery would be written, and looks how much space is left.
    public func readiness() async -> Readiness {
        let now = now()
        var failure: String?
        do { try await write { try $0.writeProbe(at: now) } } catch { failure = "\(error)" }
        let space = freeSpace()
        return Readiness(failure: failure, freeSpace: space, isSpaceLow: space.map { $0 < configuration.minimumFreeSpace } ?? false)
    }

    private func freeSpace() -> Int64? {
        var statistics = statvfs()
        guard statvfs(configuration.path, &statistics) == 0 else { return nil }
        // File systems of the network and of user space tell what they like.
        let bytes = Int64(clamping: statistics.f_bavail).multipliedReportingOverflow(by: Int64(clamping: statistics.f_frsize))
        return bytes.overflow ? .max : bytes.partialValue
    }
}
