import Foundation
import SQLiteStore

extension Journal {
    /// What the file system says about the journal's file; nothing is written for it.
    public struct FileFacts: Sendable, Equatable {
        public var path: String
        /// The bytes of the file and its write-ahead log.
        public var bytes: Int64
        /// The free bytes on its disk; nil if the system does not report them.
        public var freeSpace: Int64?
        public var isReadOnly: Bool
    }

    /// The journal's file as it is now.
    public var fileFacts: FileFacts {
        let sizes = [configuration.path, configuration.path + "-wal"].map { path in
            (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value ?? 0
        }
        return FileFacts(
            path: configuration.path, bytes: sizes.reduce(0, +), freeSpace: DiskSpace.free(at: configuration.path),
            isReadOnly: configuration.access == .readOnly)
    }
}
