import Foundation
import Synchronization

/// Where threads that others wait for write down what they are doing, so that a watchdog can say what holds one of them up.
///
/// Two uncontended locks for a piece of work, about 30 ns; no clock is asked.
public final class WorkBoard: Sendable {
    private let entries = Mutex(Entries())
    private let tallies = Mutex([Watched: BlockageTally]())

    private struct Entries {
        var running: [Entry] = []
        var lastNumber: UInt64 = 0
    }

    /// A piece of work that has begun and not ended.
    struct Entry: Sendable {
        /// Another for each piece of work.
        let number: UInt64
        /// The thread that does it.
        let thread: UInt
        let work: Work
        let watched: Watched?
    }

    /// A board on which nothing stands.
    public init() {}

    /// Does a piece of work that stands on the board meanwhile; one within another is what the thread does then. With `watched` it is work
    /// that others wait for, and a watchdog tells when it takes long.
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

    /// What is being done at this moment.
    var running: [Entry] { entries.withLock { $0.running } }

    /// How often and how long something was held up since the start.
    public func tally(of watched: Watched) -> BlockageTally { tallies.withLock { $0[watched] ?? BlockageTally() } }

    func count(_ report: BlockageReport, of watched: Watched) {
        tallies.withLock { tallies in tallies[watched, default: BlockageTally()].count(report) }
    }
}

/// What others wait for.
public enum Watched: String, Sendable, Hashable, CaseIterable {
    /// A thread that serves connections.
    case loop
    /// The journal's writer.
    case writer
}

/// A piece of work as a log may name it: nothing in it comes from a sender.
public struct Work: Sendable {
    /// `reading a delivery`.
    let kind: StaticString
    /// The configured adapter or client that it is for.
    let adapter: String?
    /// The configured account.
    let account: String?
    /// How many items there are to do.
    let items: Int?

    /// A few words that say what is done, and whose configured endpoint it is done for.
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
