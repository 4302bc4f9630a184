import GRDB
import Messaging

/// Finds captures after a position in what is kept.
struct CaptureQuery {
    private let filter: CaptureFilter

    init(_ filter: CaptureFilter) { self.filter = filter }

    /// Puts the next captures into a page; all from one moment of the file.
    func fill(_ page: inout CapturePage, _ db: Database) throws {
        if filter.asksForItems { try fillByItems(&page, db) } else { try fillInOrder(&page, db) }
        try page.update { try $0.findPerson(db) }
    }

    /// How many there are up to some later position.
    func count(_ db: Database, after position: Int64) throws -> (count: Int, end: Int64, isLast: Bool) {
        var page = CapturePage(after: position, limit: 1000, byteLimit: 32 << 20)
        if filter.asksForItems { try fillByItems(&page, db) } else { try fillInOrder(&page, db) }
        return (page.captures.count, page.end, page.isLast)
    }

    /// The capture of an id, nil where the delivery is not kept.
    static func capture(_ db: Database, _ id: DeliveryID) throws -> Capture? { try CaptureRows.capture(db, id) }

    private func fillInOrder(_ page: inout CapturePage, _ db: Database) throws {
        guard page.end < .max else { return page.isLast = true }
        try CaptureRows(filter).forEach(db, in: page.end + 1 ... .max, limit: page.room) { capture in
            page.append(capture)
            return !page.isFull
        }
        page.isLast = !page.isFull
    }

    /// The deliveries whose items have the phone or the external id.
    private func fillByItems(_ page: inout CapturePage, _ db: Database) throws {
        let found = try ItemSearch(filter).deliveries(db, after: page.end, limit: page.room)
        for (id, sequence) in found.list where !page.isFull {
            // An item is at or before its delivery's position, so that no delivery is met twice.
            page.end = max(page.end, sequence)
            guard let capture = try Self.capture(db, id), filter.includes(capture.delivery), filter.includes(capture.state) else {
                continue
            }
            page.append(capture)
        }
        page.isLast = found.isLast && !page.isFull
    }
}
