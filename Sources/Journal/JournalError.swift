import Foundation
import SQLiteStore

/// Why the journal did not store something. The caller may try again.
public struct JournalError: Error, CustomStringConvertible {
    public let code: Code
    /// The message of SQLite or of the system.
    public let reason: String
    /// If the file is damaged, or not a SQLite file: SQLite's message.
    private(set) var damage: String?
    /// If there is no file: the absolute path at which the journal was looked for.
    public private(set) var absentPath: String?

    /// A struct rather than an enum, so that a new code breaks no switch.
    public struct Code: Sendable, Hashable, CustomStringConvertible {
        public let description: String
        /// The disk is full or fails; nothing of the transaction was stored.
        public static let unavailable = Code(description: "unavailable")
        /// Too many writes or look-ups are waiting.
        public static let overloaded = Code(description: "overloaded")
        /// The journal was closed.
        public static let closed = Code(description: "closed")
        /// Only this write was refused; others of its transaction were not.
        public static let rejected = Code(description: "rejected")
        /// The journal does not know a token, and the database, which might know it, is not asked or does not answer. The journal itself
        /// works.
        public static let undecided = Code(description: "undecided")
        /// A copy of the journal is being made already; another may be made afterwards.
        public static let busy = Code(description: "busy")
        /// The file is not a journal, or was written by a later version.
        public static let unusable = Code(description: "unusable")
    }

    /// `reason` is a text for operators.
    public init(_ code: Code, reason: String) {
        self.code = code
        self.reason = reason
    }

    /// Distinguishes a failing disk from a single write that is wrong.
    init(_ error: any Error) {
        switch error {
        case let error as JournalError: self = error
        case let error as StoreError: self.init(of: error)
        case let error as LogFullError:
            self.init(
                .unavailable,
                reason: """
                    the write-ahead log has reached journal.max_log and cannot be copied back into the journal: \(error.failure.reason)
                    """)
        case let error as SQLiteError:
            self.init(error.isOfTheSystem ? .unavailable : .rejected, reason: error.isDamage ? Self.advice(error) : error.reason)
            damage = error.isDamage ? error.words : nil
        default: self.init(.unavailable, reason: "\(error)")
        }
    }

    private init(of error: StoreError) {
        switch error.code {
        case .closed: self.init(.closed, reason: "the journal is closing")
        case .overloaded: self.init(.overloaded, reason: error.message)
        case .unusable: self.init(.unusable, reason: error.message)
        case .busy: self.init(.busy, reason: error.message)
        case .claimed:
            self.init(
                .unavailable, reason: "another gateway is serving from this journal: stop it first, or set another journal.path here")
        case .inUse: self.init(.unavailable, reason: "the journal is in use: stop the gateway first")
        case .gone:
            self.init(
                .unavailable,
                reason: """
                    \(error.message) was removed, moved or replaced while the journal is open, so that what is written now would be lost. \
                    \(StoreFile.rescue).
                    """)
        default: self.init(.unavailable, reason: error.message)
        }
    }

    /// The error for a journal that does not exist.
    static func absence(of path: String) -> JournalError {
        let whole = URL(fileURLWithPath: path).path
        var error = JournalError(.unusable, reason: "there is no journal at \(whole)")
        error.absentPath = whole
        return error
    }

    /// The error for a file that could not be opened.
    init(opening path: String, _ error: any Error) {
        if let error = error as? SQLiteError, error.isDamage {
            self.init(.unusable, reason: "\(path): \(Self.advice(error))")
            damage = error.words
        } else {
            let reason = (error as? StoreError)?.message ?? (error as? SQLiteError)?.reason ?? (error as? JournalError)?.reason
            self.init(.unusable, reason: "\(path): \(reason ?? "\(error)")")
        }
    }

    /// Whether the file is damaged, or not a SQLite file, so that a later attempt would fail too.
    public var isDamage: Bool { damage != nil }

    /// What damage of the file means, and what to do about it.
    private static func advice(_ error: SQLiteError) -> String {
        let what = error.isNoDatabase ? "this is not a journal, or its beginning is damaged" : "the journal is damaged"
        return """
            \(what) (SQLite: \(error.words)). `switchboard journal check` shows what is wrong; restore a backup (Docs/Operating.md, “Backup”)
            """
    }

    /// The same error with the file's path.
    func at(_ path: String) -> JournalError {
        var error = self
        if absentPath == nil, !reason.hasPrefix(path) { error = JournalError(code, reason: "\(path): \(reason)") }
        error.damage = damage
        return error
    }

    public var description: String { code == .undecided ? reason : "journal \(code): \(reason)" }
}
