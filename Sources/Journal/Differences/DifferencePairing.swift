import Messaging
import SQLiteStore

/// Finds which made item is which stored row, of those of one delivery that were not at the same position.
struct DifferencePairing {
    private let capture: Capture
    private var made: [MadeItem]
    /// In their order; nil for one that was paired.
    private var stored: [StoredRow?]
    private let tables: [StoredRows]
    private var found: [CaptureDifference] = []

    /// `tables` tell whether any delivery brought an item.
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
        // A letter that was settled stays, and what it was about is stored by now.
        for case let row? in pairing.stored where !row.isSettled { pairing.note(.removed, nil, row) }
        return pairing.found
    }

    /// The same item by the rule of the unique keys. One that another delivery brought, or this one before, is no difference.
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

    /// Where what belongs to the key itself was made otherwise, the provider's own id tells.
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

    /// The row at an index, which is paired from now on.
    private mutating func take(_ index: Int) -> StoredRow? {
        defer { stored[index] = nil }
        return stored[index]
    }

    /// By what a row is looked for.
    private struct Name<Text: Hashable>: Hashable {
        let table: ItemTable
        let text: Text
    }

    /// Where rows stand by their names: a delivery may have a hundred thousand.
    private struct RowIndex<Key: Hashable> {
        private var indices: [Key: [Int]] = [:]

        init(_ rows: [StoredRow?], _ key: (StoredRow) -> Key) {
            for (index, row) in rows.enumerated().reversed() {
                if let row { indices[key(row), default: []].append(index) }
            }
        }

        /// The first of a name that was not asked for yet.
        mutating func next(_ key: Key) -> Int? { indices[key]?.popLast() }
    }

    private mutating func note(_ kind: CaptureDifference.Kind, _ item: MadeItem?, _ row: StoredRow?) {
        guard let table = item?.table ?? row?.table else { return }
        let columns = table.description.made.enumerated().compactMap { index, made in
            let column = CaptureDifference.Column(name: made.name, stored: row?.values[index], made: item?.values.text(at: index))
            return column.stored == column.made ? nil : column
        }
        // The same at another position is no change.
        guard !columns.isEmpty else { return }
        found.append(
            CaptureDifference(capture: capture, table: table, externalID: externalID(item, row), kind: kind, columns: columns))
    }

    private func externalID(_ item: MadeItem?, _ row: StoredRow?) -> String {
        if let item { return item.externalID }
        return row?.table == .deadLetters ? String(decoding: row?.key ?? [], as: UTF8.self) : row?.externalID ?? ""
    }
}
