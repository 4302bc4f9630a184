/// Why a write-ahead log could not be copied back.
public enum LogFailure: Sendable, Equatable {
    /// The message of SQLite or the system.
    case error(String)
    /// A reader with a long transaction still needs the part that would be overwritten.
    case heldBack
}

/// The state of a write-ahead log.
public struct LogHealth: Sendable, Equatable {
    /// The log's length.
    public var bytes: Int64
    /// Why the last attempt to copy it back failed; nil if it succeeded.
    public var failure: LogFailure?
    /// The number of failed attempts since the start.
    public var failures: Int
    /// Whether the log has reached half of its largest size.
    var isHalfFull: Bool

    /// Whether someone must act. While the log has room, a reader that holds it back does not count, since it may end by itself.
    public var isFailing: Bool { failure.map { $0 != .heldBack || isHalfFull } ?? false }
}

/// A change in a write-ahead log's health that an operator should know of.
public enum LogReport: Sendable, Equatable {
    /// The log cannot be copied back and grows; reported when that begins and when the reason changes.
    case failing(LogFailure, bytes: Int64)
    /// The log can be copied back again.
    case recovered
}

/// Lengths of the write-ahead log, in frames of a page each.
struct LogLimits: Sendable {
    /// The length from which the log is copied back: 128 MiB, or an eighth of `bytes` if that is less than 1 GiB.
    var copyAt: Int
    /// The length at which nothing more is written until the log was copied back.
    var mostFrames: Int
    /// The bytes of the log's file that are kept when the log starts anew.
    var keptBytes: Int64 { Int64(WALCheckpointer.patience) * Int64(copyAt) * WALCheckpointer.frameBytes }

    /// `bytes` is the log's largest size; `copyAt` replaces the usual length from which it is copied back.
    init(bytes: Int64, copyAt: Int? = nil) {
        mostFrames = Int(max(8, bytes / WALCheckpointer.frameBytes))
        self.copyAt = copyAt ?? min(32_768, mostFrames / 8)
    }
}
