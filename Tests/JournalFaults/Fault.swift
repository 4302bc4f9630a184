import FaultyVFS

/// A system call that fails during an action.
struct Fault: Equatable {
    var kind: Kind
    /// The index of the failing call among the action's calls of this kind, counted from 1.
    var n: Int
    /// Whether all later calls of the action, and of its second attempt, fail too.
    var isLasting: Bool

    /// The call that fails, and how.
    enum Kind: String, CaseIterable {
        case open
        case read
        /// A short read of the write-ahead log.
        case shortRead = "short-read"
        case write
        case shortWrite = "short-write"
        case full
        case truncate
        /// A failed sync: everything written before is lost, whatever later syncs report.
        case sync
        case size
        case lock
        case busy
        case sharedLock = "shared-lock"
        case sharedBusy = "shared-busy"
        case sharedMap = "shared-map"
        case fetch
        case delete
        case access
        case memory
        /// Another connection holds the write lock, longer than every time-out, and rolls back.
        case holder
        /// Another connection reads, so that the log cannot begin anew.
        case reader
        /// The power fails before the n-th write, sync, truncation or deletion.
        case power
    }
}

extension Fault.Kind {
    /// The call of SQLite; nil if the fault is not a failing call.
    var call: faulty_call? {
        switch self {
        case .open: FAULTY_OPEN
        case .read: FAULTY_READ
        case .shortRead: FAULTY_READ_LOG
        case .write, .shortWrite, .full: FAULTY_WRITE
        case .truncate: FAULTY_TRUNCATE
        case .sync: FAULTY_SYNC
        case .size: FAULTY_SIZE
        case .lock, .busy: FAULTY_LOCK
        case .sharedLock, .sharedBusy: FAULTY_SHARED_LOCK
        case .sharedMap: FAULTY_SHARED_MAP
        case .fetch: FAULTY_FETCH
        case .delete: FAULTY_DELETE
        case .access: FAULTY_ACCESS
        case .memory: FAULTY_ALLOCATE
        case .holder, .reader, .power: nil
        }
    }

    /// SQLite's extended result code, and whether half of the call is done.
    var failure: (code: Int32, isPartial: Bool) {
        switch self {
        case .open: (14, false)
        case .read: (10 | 1 << 8, false)
        case .shortRead: (10 | 2 << 8, true)
        case .write: (10 | 3 << 8, false)
        case .shortWrite: (10 | 3 << 8, true)
        case .full: (13, true)
        case .truncate: (10 | 6 << 8, false)
        case .sync: (10 | 4 << 8, false)
        case .size: (10 | 7 << 8, false)
        case .lock: (10 | 15 << 8, false)
        case .busy, .sharedBusy: (5, false)
        case .sharedLock: (10 | 20 << 8, false)
        case .sharedMap: (10 | 21 << 8, false)
        case .fetch: (10 | 24 << 8, false)
        case .delete: (10 | 10 << 8, false)
        case .access: (10 | 13 << 8, false)
        case .memory, .holder, .reader, .power: (7, false)
        }
    }
}

/// An action with an optional fault. Its text is a line of a history: `message 7 2 phone ! write 3 once`.
struct Step: Equatable, CustomStringConvertible {
    var action: Action
    var fault: Fault?

    var description: String {
        guard let fault else { return "\(action)" }
        return "\(action) ! \(fault.kind.rawValue) \(fault.n) \(fault.isLasting ? "lasting" : "once")"
    }

    /// Parses a line of a history; nil if it is invalid.
    init?(_ line: Substring) {
        let parts = line.split(separator: "!").map { $0.split(separator: " ") }
        guard let words = parts.first, let action = Action(words) else { return nil }
        self.action = action
        guard parts.count == 2 else { return }
        guard parts[1].count == 3, let kind = Fault.Kind(rawValue: String(parts[1][0])),
            let n = Int(parts[1][1])
        else { return nil }
        fault = Fault(kind: kind, n: n, isLasting: parts[1][2] == "lasting")
    }

    init(_ action: Action, _ fault: Fault? = nil) {
        self.action = action
        self.fault = fault
    }
}

/// Parses and writes histories, which are sequences of steps.
enum History {
    /// Parses one step per line; `#` begins a comment.
    static func parse(_ text: String) throws -> [Step] {
        try text.split(separator: "\n").compactMap { line in
            let line = line.prefix { $0 != "#" }
            guard line.contains(where: { $0 != " " }) else { return nil }
            guard let step = Step(line) else { throw Failure("no step: \(line)") }
            return step
        }
    }

    static func text(_ steps: [Step]) -> String { steps.map { "    \($0)" }.joined(separator: "\n") }
}

/// An error of these loops themselves.
struct Failure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
