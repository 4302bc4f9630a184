import Messaging
import SQLiteStore

/// Compares what adapters make of deliveries with what is stored.
///
/// Deliveries in the order of their positions cost no query each: the rows of the four tables are walked beside them, and an item whose row
/// is the next one needs no key. Only what is not where it should be is looked for by its key.
struct DifferenceSearch {
    private let db: Database
    private let tables: [StoredRows]
    private var lastPosition = Int64.max

    /// Rows of other deliveries that are walked past rather than looked for anew.
    private static let widestGap: Int64 = 64

    init(_ db: Database) throws {
        self.db = db
        let keys = try KeySearch(db)
        tables = try ItemTable.allCases.map { try StoredRows(db, $0, keys) }
    }

    mutating func differences(of read: ReadCapture) throws -> [CaptureDifference] {
        let deliveryID = read.capture.id
        let id = deliveryID.description
        let position = try position(of: read.capture)
        let delivery = try read.capture.delivery.markingOwner { try JournalReader.contact(db, ofToken: $0) }
        let isNear = position > lastPosition && position - lastPosition <= Self.widestGap
        if !isNear { for table in tables { try table.begin(with: id, at: position) } }
        lastPosition = position
        var missed: [MadeItem] = []
        for event in read.events {
            let item = MadeItem(event, of: delivery, as: deliveryID)
            let rows = tables[item.table.index]
            if let row = try rows.next(of: id, at: position), item.isSame(as: row, from: StoredRows.firstColumn) {
                try rows.advance()
            } else {
                missed.append(item)
            }
        }
        let left = try rest(of: id, at: position)
        guard !missed.isEmpty || !left.isEmpty else { return [] }
        return try DifferencePairing(read.capture, missed, left, in: tables).differences()
    }

    /// One from a file is looked for by its id. Of what the file names none, or this journal does not have, only the items' own ids can be
    /// compared.
    private func position(of capture: Capture) throws -> Int64 {
        guard capture.position == 0, let id = capture.knownID else { return capture.position }
        return try CaptureQuery.capture(db, id)?.position ?? 0
    }

    /// The rows of a delivery that no event met.
    private func rest(of id: String, at position: Int64) throws -> [StoredRow] {
        var left: [StoredRow] = []
        for table in tables {
            while let row = try table.next(of: id, at: position) {
                left.append(StoredRow(row, of: table.table))
                try table.advance()
            }
        }
        return left
    }
}

extension ItemTable {
    /// Its index in `allCases`.
    var index: Int {
        switch self {
        case .messages: 0
        case .statuses: 1
        case .events: 2
        case .deadLetters: 3
        }
    }
}

extension JournalReader {
    /// Compares what adapters make of captures with what is stored of them, item by item; captures in the order of their positions are
    /// compared fastest. An item that another delivery brought first counts as stored. Refused captures have nothing to compare.
    public func differences(_ made: [ReadCapture]) async throws(JournalError) -> [CaptureDifference] {
        try await read { db in
            var search = try DifferenceSearch(db)
            var differences: [CaptureDifference] = []
            for read in made where read.capture.state != .refused { differences += try search.differences(of: read) }
            return differences
        }
    }
}
