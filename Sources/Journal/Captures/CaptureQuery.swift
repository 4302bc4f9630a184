import Messaging
import SQLiteStore

/// Finds the captures after a position in a journal.
struct CaptureQuery {
    private let filter: CaptureFilter

    init(_ filter: CaptureFilter) { self.filter = filter }

    /// Adds the next captures to a page, all from one snapshot of the file.
    func fill(_ page: inout CapturePage, _ db: Database) throws {
        if filter.asksForItems { try fillByItems(&page, db) } else { try fillInOrder(&page, db) }
        try page.update { try $0.findPerson(db) }
    }

    /// The number of captures up to a later position, which is returned with it.
    func count(_ db: Database, after position: Int64) throws -> (count: Int, end: Int64, isLast: Bool) {
        var page = CapturePage(after: position, limit: 1000, byteLimit: 32 << 20)
        if filter.asksForItems { try fillByItems(&page, db) } else { try fillInOrder(&page, db) }
        return (page.captures.count, page.end, page.isLast)
    }

    /// The capture with an id; nil if the delivery is not kept.
    static func capture(_ db: Database, _ id: DeliveryID) throws -> Capture? {
        try CaptureRows.capture(db, id) ?? CaptureBlocks.capture(db, id)
    }

    /// Reads block after block, together with the rows that stayed between their deliveries, then the rows after the last block.
    private func fillInOrder(_ page: inout CapturePage, _ db: Database) throws {
        for _ in 0..<Self.blocksAtATime {
            guard page.end < page.bound else { return page.isLast = true }
            guard let block = try CaptureBlocks.next(db, after: page.end, filter) else { return try fillFromRows(&page, db) }
            // A shorter page is better than decompressing a block twice.
            guard page.captures.isEmpty || block.count <= page.room else { return }
            try fill(&page, from: block, db)
            if page.isFull { return }
            page.end = block.positions.upperBound
        }
    }

    /// The most blocks that are read from one snapshot, so that it is not held for too long.
    private static let blocksAtATime = 64

    private func fill(_ page: inout CapturePage, from block: CaptureBlocks.Found, _ db: Database) throws {
        var captures = (try block.captures(db) ?? []).filter {
            $0.position > page.end && filter.includes($0)
        }
        let count = captures.count
        if page.end < block.positions.upperBound {
            try CaptureRows(filter).forEach(db, in: page.end + 1...block.positions.upperBound, limit: page.room) { capture in
                captures.append(capture)
                return true
            }
        }
        if captures.count > count { captures.sort { $0.position < $1.position } }
        for capture in captures where !page.isFull { page.append(capture) }
    }

    private func fillFromRows(_ page: inout CapturePage, _ db: Database) throws {
        guard page.end < page.bound else { return page.isLast = true }
        try CaptureRows(filter).forEach(db, in: page.end + 1...page.bound, limit: page.room) { capture in
            page.append(capture)
            return !page.isFull
        }
        page.isLast = !page.isFull
    }

    /// Finds deliveries through their items, by phone, customer or external id.
    private func fillByItems(_ page: inout CapturePage, _ db: Database) throws {
        let found = try ItemSearch(filter).deliveries(db, after: page.end, limit: page.room)
        for (id, sequence) in found.list where !page.isFull {
            // An item's number is at most its delivery's position, so no delivery is found twice.
            page.end = max(page.end, sequence)
            guard let capture = try Self.capture(db, id), filter.includes(capture) else { continue }
            page.append(capture)
        }
        page.isLast = found.isLast && !page.isFull
    }
}

/// Consecutive captures, gathered up to limits.
struct CapturePage {
    /// The captures in the order of their positions.
    private(set) var captures: [Capture] = []
    /// The position up to which everything has been read.
    var end: Int64
    /// Whether nothing follows after `end`, up to `bound`.
    var isLast = false
    /// No capture after this position is looked for, although a block that begins before it may have some.
    let bound: Int64
    private let limit: Int
    private let byteLimit: Int
    private var bytes = 0

    init(after position: Int64, upTo bound: Int64 = .max, limit: Int, byteLimit: Int) {
        end = position
        self.bound = bound
        self.limit = limit
        self.byteLimit = byteLimit
    }

    /// Whether the page has reached a limit.
    var isFull: Bool { captures.count >= limit || bytes >= byteLimit }

    /// The number of captures that still fit.
    var room: Int { max(0, limit - captures.count) }

    mutating func append(_ capture: Capture) {
        captures.append(capture)
        end = capture.position
        bytes += capture.delivery.body.count + 512
    }

    /// Changes each capture of a complete page.
    mutating func update(_ change: (inout Capture) throws -> Void) rethrows {
        for index in captures.indices { try change(&captures[index]) }
    }
}
