import GRDB

/// Why the journal did not take something. Whoever was refused may send it again.
public struct JournalError: Error, CustomStringConvertible {
    public let code: Code
    /// What SQLite or the system said.
    public let reason: String
    /// Where the file could not be opened since it is damaged or none of SQLite's: what SQLite said.
    private(set) var damage: String?

    /// An open set, so that a new code breaks no switch.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// The disk is full or fails; nothing of the transaction was stored.
        public static let unavailable = Code(description: "unavailable")
        /// More writes or look-ups are waiting than may.
        public static let overloaded = Code(description: "overloaded")
        /// The journal was closed.
        public static let closed = Code(description: "closed")
        /// This one write was refused; its neighbours were not.
        public static let rejected = Code(description: "rejected")
        /// The file is no journal, or of a later version.
        public static let unusable = Code(description: "unusable")
    }

    /// `reason` is what an operator reads.
    public init(_ code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Tells a disk that fails from a single write that is wrong.
    init(_ error: any Error) {
        switch error {
        case let error as JournalError: self = error
        case let error as DatabaseError:
            self.init(
                error.isOfTheSystem ? .unavailable : .rejected, reason: "\(error.resultCode): \(error.message ?? "")")
        default: self.init(.unavailable, reason: "\(error)")
        }
    }

    /// A file that could not be opened.
    init(opening path: String, _ error: any Error) {
        self.init(.unusable, reason: "\(path): \(error)")
        guard let error = error as? DatabaseError, [.SQLITE_CORRUPT, .SQLITE_NOTADB].contains(error.resultCode) else { return }
        damage = error.message ?? "\(error.resultCode)"
    }

    /// The same, said of a file.
    func at(_ path: String) -> JournalError {
        var error = self
        if !reason.hasPrefix(path) { error = JournalError(code, reason: "\(path): \(reason)") }
        error.damage = damage
        return error
    }

    public var description: String { "journal \(code): \(reason)" }
}

extension DatabaseError {
    /// Whether the disk, memory or a lock stands in the way, which may pass; rather than that the file is none of ours, or not for us to open.
    var mayPass: Bool {
        isOfTheSystem
            && ![.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_CANTOPEN, .SQLITE_READONLY, .SQLITE_PERM, .SQLITE_AUTH].contains(resultCode)
    }

    /// Whether any write would fail now: disk, memory, locks, the file. What else SQLite may say concerns the one statement.
    fileprivate var isOfTheSystem: Bool {
        switch resultCode {
        case .SQLITE_FULL, .SQLITE_IOERR, .SQLITE_NOMEM, .SQLITE_BUSY, .SQLITE_LOCKED, .SQLITE_READONLY, .SQLITE_CORRUPT, .SQLITE_NOTADB,
            .SQLITE_CANTOPEN, .SQLITE_PROTOCOL, .SQLITE_PERM, .SQLITE_AUTH, .SQLITE_INTERRUPT:
            true
        default: false
        }
    }
}
