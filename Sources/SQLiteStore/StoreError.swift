public import GRDB

/// Why a file was not opened, written or copied, unless SQLite reports the reason (`SQLiteError`).
public struct StoreError: Error, CustomStringConvertible {
    /// What kind of failure it is.
    public let code: Code
    /// What happened, or the path of the affected file, as documented for the code.
    public let message: String

    /// A struct rather than an enum, so that a new code breaks no switch.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        /// The code's name.
        public let description: String
        /// The request cannot be carried out now, and nothing was changed.
        public static let unavailable = Code(description: "unavailable")
        /// Too many writes are waiting.
        public static let overloaded = Code(description: "overloaded")
        /// The file is closed, or being closed.
        public static let closed = Code(description: "closed")
        /// A path, the message, no longer leads to the file that is open.
        public static let gone = Code(description: "gone")
        /// Another process has claimed the file, whose path is the message.
        public static let claimed = Code(description: "claimed")
        /// The file, whose path is the message, is open elsewhere.
        public static let inUse = Code(description: "in use")
        /// The same is being done already.
        public static let busy = Code(description: "busy")
        /// The file cannot be used or created.
        public static let unusable = Code(description: "unusable")
    }

    @usableFromInline
    init(_ code: Code, _ message: String) {
        self.code = code
        self.message = message
    }

    /// Code and message.
    public var description: String { "\(code): \(message)" }
}

/// The write-ahead log has reached its limit and cannot be copied back now, so nothing is written.
public struct LogFullError: Error {
    /// Why it cannot be copied back.
    public let failure: LogFailure
}

/// An error that SQLite reports.
public typealias SQLiteError = DatabaseError

extension DatabaseError {
    /// An error for a file whose content contradicts itself.
    public static func damage(_ message: String) -> DatabaseError { DatabaseError(resultCode: .SQLITE_CORRUPT, message: message) }

    /// Whether any write would fail now, because of the disk, memory, a lock or the file itself. Any other error concerns one statement only.
    public var isOfTheSystem: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CORRUPT, .SQLITE_NOTADB,
            .SQLITE_CANTOPEN, .SQLITE_PROTOCOL, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_INTERRUPT:
            true
        default: false
        }
    }

    /// Whether the cause may pass (disk, memory, a lock), as opposed to a file that is damaged, of another program, or not accessible to us.
    public var mayPass: Bool {
        isOfTheSystem
            && ![.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH].contains(resultCode)
    }

    /// Whether the file is damaged or not a database.
    public var isDamage: Bool { resultCode == .SQLITE_CORRUPT || isNoDatabase }

    /// Whether the file's beginning is not that of a database.
    public var isNoDatabase: Bool { resultCode == .SQLITE_NOTADB }

    /// Whether damage to a file that has our tables may be the cause: SQLite reports a missing table when the page that describes it is gone, and a
    /// short read when the file ends too early.
    public var mayBeDamage: Bool { isDamage || resultCode == .SQLITE_ERROR || extendedResultCode == .SQLITE_IOERR_SHORT_READ }

    /// SQLite's message, or the code's name if there is none.
    public var words: String { message ?? "\(resultCode)" }

    /// What went wrong in plain words, then the code and SQLite's own words, by which it can be looked up.
    public var reason: String { "\(plainWords) (SQLite \(resultCode.rawValue)\(message.map { ": \($0)" } ?? ""))" }

    private var plainWords: String {
        switch resultCode {
        case .SQLITE_FULL: "the disk is full"
        case .SQLITE_IOERR: "the disk did not read or write"
        case .SQLITE_NOMEM: "memory is short"
        case .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_PROTOCOL: "another process holds the lock of the file"
        case .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH: "this user may not write to the file"
        case .SQLITE_CANTOPEN: "the file, or one that belongs beside it, cannot be opened"
        case .SQLITE_CORRUPT: "the file is damaged"
        case .SQLITE_NOTADB: "the file is not a SQLite database"
        case .SQLITE_INTERRUPT: "the work was interrupted"
        case .SQLITE_CONSTRAINT: "a rule of the tables refuses a row"
        default: "a statement was refused"
        }
    }
}

extension Error {
    /// What went wrong, without the name of the error's type.
    var reason: String {
        switch self {
        case let error as StoreError: error.message
        case let error as DatabaseError: error.reason
        default: "\(self)"
        }
    }
}
