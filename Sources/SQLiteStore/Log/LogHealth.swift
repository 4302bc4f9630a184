/// Why a write-ahead log could not be copied back.
public enum LogFailure: Sendable, Equatable {
    /// What SQLite or the system said.
    case error(String)
    /// A reader in one long transaction needs what the log would write over.
    case heldBack
}

/// How a write-ahead log is.
public struct LogHealth: Sendable, Equatable {
    /// How long it is.
    public var bytes: Int64
    /// Why it could not be copied back when that was last tried; nil where it could.
    public var failure: LogFailure?
    /// How often that failed since the start.
    public var failures: Int
    /// Whether it has reached half of what it may take.
    var isHalfFull: Bool

    /// Whether someone must act: a reader that holds the log back may end by itself, while there is room.
    public var isFailing: Bool { failure.map { $0 != .heldBack || isHalfFull } ?? false }
}

/// A change in a write-ahead log's health that an operator should know of.
public enum LogReport: Sendable, Equatable {
    /// It cannot be copied back and grows; reported when that begins and when the reason changes.
    case failing(LogFailure, bytes: Int64)
    /// It can be copied back again.
    case recovered
}

/// Lengths of the write-ahead log, in frames of a page each.
struct LogLimits: Sendable {
    /// From here on it is copied back: 128 MiB, or an eighth of a log that may take less than 1 GiB.
    var copyAt: Int
    /// Here nothing more is taken until it was.
    var mostFrames: Int
    /// What is left of its file once it begins anew, in bytes.
    var keptBytes: Int64 { Int64(WALCheckpointer.patience) * Int64(copyAt) * WALCheckpointer.frameBytes }

    /// `bytes` is the most that it may take; `copyAt` is given where another length than the usual is wanted.
    init(bytes: Int64, copyAt: Int? = nil) {
        mostFrames = Int(max(8, bytes / WALCheckpointer.frameBytes))
        self.copyAt = copyAt ?? min(32_768, mostFrames / 8)
    }
}
