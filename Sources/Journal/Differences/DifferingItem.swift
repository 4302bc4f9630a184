import Messaging
import SQLiteStore

/// An item of a kept delivery, whose content differs from the item that another delivery stored under the same id.
public struct DifferingItem: Sendable, Equatable {
    public var table: ItemTable
    /// The type of a message or event, or a status's word: as the delivery has it, or as it is stored if the delivery could not be read
    /// again.
    public var type: String
    /// The provider's own id of it.
    public var externalID: String
    /// The delivery that stored the item under this id; nil if its row no longer exists.
    public var storedBy: DeliveryID?
    /// The columns that differ; nil if the delivery could not be read again, or if the row no longer exists.
    public var columns: [CaptureDifference.Column]?
}

extension JournalReader {
    /// The items of a capture that differed from stored items when the capture was received. Also its placeholders, if a later delivery
    /// brought the message for which they stood. `passing` are members of a message's context that are not compared.
    public func differingItems(of read: ReadCapture, passing: Set<String> = []) async throws(JournalError) -> [DifferingItem] {
        try await self.read { try DifferingItemQuery($0, read, passing).items() }
    }
}

/// Reads the rows of the table `differences` about a delivery. It has no index for this: the table is short, and is scanned.
private struct DifferingItemQuery {
    private let db: Database
    private let keys: KeySearch
    private let id: DeliveryID
    private let passing: Set<String>
    /// What the adapter reads from the delivery now.
    private let made: [MadeItem]

    init(_ db: Database, _ read: ReadCapture, _ passing: Set<String>) throws {
        self.db = db
        keys = try KeySearch(db)
        self.passing = passing
        let id = read.capture.id
        self.id = id
        let delivery = try read.capture.delivery.markingOwner { try JournalReader.contact(db, ofToken: $0) }
        made = read.events.map { MadeItem($0, of: delivery, as: id) }
    }

    /// In the order in which their ids were first received.
    func items() throws -> [DifferingItem] {
        var found: [(table: ItemTable, key: [UInt8], fingerprint: [UInt8])] = []
        let sql = "SELECT item_table, item_key, fingerprint FROM differences WHERE delivery_id = ? ORDER BY seq, fingerprint"
        try db.statement(sql).forEach({ $0.id(id) }) { row in
            if let table = row.string(0).flatMap({ ItemTable(rawValue: $0) }) { found.append((table, row.blob(1), row.blob(2))) }
            return true
        }
        return try found.compactMap { table, key, fingerprint in
            let alike = made.filter { $0.table == table && $0.key == key }
            let said = alike.first { $0.fingerprint(passing: passing) == fingerprint || $0.formerFingerprint == fingerprint }
            return try item(table, key, said ?? alike.first)
        }
    }

    /// Nil if neither the delivery nor a row says what it was.
    private func item(_ table: ItemTable, _ key: [UInt8], _ made: MadeItem?) throws -> DifferingItem? {
        let word = table == .statuses ? "status" : "type"
        let columns = table.description.made
        let sql = "SELECT delivery_id, \(word), external_id, \(columns.map(\.name).joined(separator: ", ")) FROM \(table.rawValue)"
        let stored = try keys.number(of: key, in: table).flatMap { number in
            try db.statement("\(sql) WHERE seq = ?").first({ $0.integer(number) }) { row in
                DifferingItem(
                    table: table, type: row.string(1) ?? "", externalID: row.string(2) ?? "", storedBy: row.id(0),
                    columns: made?.otherwise(than: row, from: 3, passing: passing))
            }
        }
        guard let made else { return stored }
        var item = stored ?? DifferingItem(table: table, type: "", externalID: made.externalID)
        item.type = columns.firstIndex { $0.name == word }.flatMap { made.values.text(at: $0) } ?? item.type
        return item
    }
}
