import Messaging
import SQLiteStore

/// Compares what adapters read from deliveries with what is stored.
///
/// Deliveries in the order of their positions need no query each: the rows of the four tables are read in parallel with them, and an item
/// whose row comes next needs no look-up. Only items that are not in that place are looked up by their key.
struct DifferenceSearch {
    private let db: Database
    private let tables: [StoredRows]
    private var lastPosition = Int64.max

    /// The most rows of other deliveries that are skipped, instead of looking up the delivery's first row.
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

    /// The position of a capture; one from a file is looked up by its id. If the file has no id, or this journal does not have it, only the
    /// items' own ids can be compared.
    private func position(of capture: Capture) throws -> Int64 {
        guard capture.position == 0, let id = capture.knownID else { return capture.position }
        return try CaptureQuery.capture(db, id)?.position ?? 0
    }

    /// The rows of a delivery that no event matched.
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
    /// Compares what adapters read from captures with what is stored, item by item; this is fastest in the order of the captures'
    /// positions. An item that another delivery stored first counts as stored. Refused captures have nothing to compare.
    public func differences(_ made: [ReadCapture]) async throws(JournalError) -> [CaptureDifference] {
        try await read { db in
            var search = try DifferenceSearch(db)
            var differences: [CaptureDifference] = []
            for read in made where read.capture.state != .refused { differences += try search.differences(of: read) }
            return differences
        }
    }
}
