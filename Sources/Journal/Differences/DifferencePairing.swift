import Messaging
import SQLiteStore

/// Pairs the items that were read now with the stored rows of the same delivery, for those that were not found at the same position.
struct DifferencePairing {
    private let capture: Capture
    private var made: [MadeItem]
    /// In their order; nil once paired.
    private var stored: [StoredRow?]
    private let tables: [StoredRows]
    private var found: [CaptureDifference] = []

    /// `tables` say whether any delivery has stored an item.
    init(_ capture: Capture, _ made: [MadeItem], _ stored: [StoredRow], in tables: [StoredRows]) {
        self.capture = capture
        self.made = made
        self.stored = stored
        self.tables = tables
    }

    func differences() throws -> [CaptureDifference] {
        var pairing = self
        try pairing.pairByKey()
        pairing.pairByID()
        for item in pairing.made { pairing.note(.added, item, nil) }
        // A resolved letter stays, and its item is stored by now.
        for case let row? in pairing.stored where !row.isSettled { pairing.note(.removed, nil, row) }
        return pairing.found
    }

    /// Pairs by the unique keys. An item that another delivery stored, or this one before, is not a difference.
    private mutating func pairByKey() throws {
        var rest: [MadeItem] = []
        var rows = RowIndex(stored) { Name(table: $0.table, text: $0.key) }
        for item in made {
            let keys = [item.key] + item.formerKeys
            var index: Int?
            for key in keys where index == nil { index = rows.next(Name(table: item.table, text: key)) }
            if let index {
                note(.changed, item, take(index))
            } else if try !keys.contains(where: { try tables[item.table.index].contains($0) }) {
                rest.append(item)
            }
        }
        made = rest
    }

    /// Pairs by the provider's own id, for items whose key itself has changed.
    private mutating func pairByID() {
        var rest: [MadeItem] = []
        var rows = RowIndex(stored) { Name(table: $0.table, text: $0.externalID.map(ExactText.init)) }
        for item in made {
            if item.table != .deadLetters, let index = rows.next(Name(table: item.table, text: ExactText(item.externalID))) {
                note(.changed, item, take(index))
            } else {
                rest.append(item)
            }
        }
        made = rest
    }

    /// Takes out the row at an index, which counts as paired.
    private mutating func take(_ index: Int) -> StoredRow? {
        defer { stored[index] = nil }
        return stored[index]
    }

    /// What identifies a row in an index.
    private struct Name<Text: Hashable>: Hashable {
        let table: ItemTable
        let text: Text
    }

    /// The positions of rows by name, since a delivery may have a hundred thousand.
    private struct RowIndex<Key: Hashable> {
        private var indices: [Key: [Int]] = [:]

        init(_ rows: [StoredRow?], _ key: (StoredRow) -> Key) {
            for (index, row) in rows.enumerated().reversed() {
                if let row { indices[key(row), default: []].append(index) }
            }
        }

        /// The first row of a name that was not taken yet.
        mutating func next(_ key: Key) -> Int? { indices[key]?.popLast() }
    }

    private mutating func note(_ kind: CaptureDifference.Kind, _ item: MadeItem?, _ row: StoredRow?) {
        guard let table = item?.table ?? row?.table else { return }
        let columns = table.description.made.enumerated().compactMap { index, made in
            let column = CaptureDifference.Column(name: made.name, stored: row?.values[index], made: item?.values.text(at: index))
            return column.stored == column.made ? nil : column
        }
        // The same item at another position is not a change.
        guard !columns.isEmpty else { return }
        found.append(
            CaptureDifference(capture: capture, table: table, externalID: externalID(item, row), kind: kind, columns: columns))
    }

    private func externalID(_ item: MadeItem?, _ row: StoredRow?) -> String {
        if let item { return item.externalID }
        return row?.table == .deadLetters ? String(decoding: row?.key ?? [], as: UTF8.self) : row?.externalID ?? ""
    }
}
