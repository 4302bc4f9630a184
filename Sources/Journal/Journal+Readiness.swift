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
        let space = DiskSpace.free(at: configuration.path)
        return Readiness(failure: failure, freeSpace: space, isSpaceLow: space.map { $0 < configuration.minimumFreeSpace } ?? false)
    }
}
