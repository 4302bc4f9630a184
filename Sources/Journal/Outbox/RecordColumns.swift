import JSON
import PhoneNumbers
import SQLiteStore
import Signing

/// The columns of a table, in the order in which a query reads them, that become the members of a JSON object.
struct RecordColumns {
    /// In the order of the query.
    let columns: [ColumnDescription]
    private let firstIndex: Int

    init(_ columns: [ColumnDescription], from firstIndex: Int = 0) {
        self.columns = columns
        self.firstIndex = firstIndex
    }

    /// The column after the last.
    var end: Int { firstIndex + columns.count }

    /// `m.message_id, m.session_id, …`
    func list(of table: String) -> String { columns.map { "\(table).\($0.name)" }.joined(separator: ", ") }

    /// The columns of a row as an object, without nulls; `others` has values that replace those of the row, `more` adds members.
    func record(
        _ row: ColumnReader, replacing others: [String: String] = [:], _ more: (inout JSONWriter) -> Void = { _ in }
    ) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { record in
            for (offset, column) in columns.enumerated() {
                if !others.isEmpty, let value = others[column.name] {
                    record.member(column.name, value)
                } else {
                    record.member(column, row, Int32(firstIndex + offset))
                }
            }
            more(&record)
        }
        return writer.bytes
    }

    /// The value of a text column.
    func value(_ name: String, _ row: ColumnReader) -> String? {
        columns.firstIndex { $0.name == name }.flatMap { row.string(Int32(firstIndex + $0)) }
    }
}

extension JSONWriter {
    /// A column of a row in the form that the database reads; nothing for null.
    fileprivate mutating func member(_ column: ColumnDescription, _ row: ColumnReader, _ index: Int32) {
        guard !row.isNull(index) else { return }
        switch column.kind {
        case .boolean: member(column.name, row.integer(index) == 1)
        case .small, .integer: member(column.name, row.integer(index))
        // Bytes are only in the journal.
        case .bytes: break
        case .digest: member(column.name, Hex.encode(row.blob(index)))
        case .json: if let text = row.string(index) { member(column.name, raw: text) }
        case .uuid, .text, .time: if let text = row.string(index) { member(column.name, text) }
        }
    }
}

extension JSONWriter {
    /// Writes all forms of a stored number, including itself, as the member `phones`; nothing if there is no number.
    public mutating func phones(_ stored: String?) {
        guard let stored else { return }
        key("phones")
        array { list in
            for number in PhoneNumber(stored: stored).variants { list.string(number.e164) }
        }
    }
}
