import Foundation
import Synchronization

/// Records what threads that others wait for are doing, so that a watchdog can name the work that blocks one.
///
/// A piece of work costs two uncontended locks, about 30 ns, and reads no clock.
public final class WorkBoard: Sendable {
    private let entries = Mutex(Entries())
    private let tallies = Mutex([Watched: BlockageTally]())

    private struct Entries {
        var running: [Entry] = []
        var lastNumber: UInt64 = 0
    }

    /// A piece of work in progress.
    struct Entry: Sendable {
        /// Unique for each piece of work.
        let number: UInt64
        /// The thread that does the work.
        let thread: UInt
        let work: Work
        let watched: Watched?
    }

    /// An empty board.
    public init() {}

    /// Performs work and keeps it on the board until it ends; if pieces are nested, the innermost is what the thread is doing. `watched`
    /// marks work for which others wait, so that a watchdog reports it if it takes long.
    public func during<Value, Failure: Error>(
        _ work: Work, watched: Watched? = nil, _ body: () throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let thread = UInt(pthread_self())
        let number = entries.withLock { entries in
            entries.lastNumber += 1
            entries.running.append(Entry(number: entries.lastNumber, thread: thread, work: work, watched: watched))
            return entries.lastNumber
        }
        defer {
            entries.withLock { entries in
                if let index = entries.running.lastIndex(where: { $0.number == number }) { entries.running.remove(at: index) }
            }
        }
        return try body()
    }

    /// The work in progress.
    var running: [Entry] { entries.withLock { $0.running } }

    /// How often and how long something was blocked since the start.
    public func tally(of watched: Watched) -> BlockageTally { tallies.withLock { $0[watched] ?? BlockageTally() } }

    func count(_ report: BlockageReport, of watched: Watched) {
        tallies.withLock { tallies in tallies[watched, default: BlockageTally()].count(report) }
    }
}

/// The threads for which others wait.
public enum Watched: String, Sendable, Hashable, CaseIterable {
    /// A thread that serves connections.
    case loop
    /// The journal's writer.
    case writer
}

/// A piece of work in a form that may be logged: it contains nothing from a sender.
public struct Work: Sendable {
    /// The kind of work: `reading a delivery`.
    let kind: StaticString
    /// The configured adapter or client of the work.
    let adapter: String?
    /// The configured account of the work.
    let account: String?
    /// The number of items to process.
    let items: Int?

    /// `kind` says what is done; adapter and account are the configured endpoint of the work.
    public init(_ kind: StaticString, adapter: String? = nil, account: String? = nil, items: Int? = nil) {
        self.kind = kind
        self.adapter = adapter
        self.account = account
        self.items = items
    }
}

extension Work: CustomStringConvertible {
    /// `reading a delivery of chat/main`, `storing a delivery of whatsapp-cloud/main (12000 items)`.
    public var description: String {
        var text = "\(kind)"
        if let adapter { text += " of \(adapter)" + (account.map { "/\($0)" } ?? "") }
        if let items { text += " (\(items) items)" }
        return text
    }
}
