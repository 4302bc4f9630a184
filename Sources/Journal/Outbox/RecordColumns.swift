import JSON
import PhoneNumbers

/// Columns of a query that become the members of a JSON object, as the SQL contract names them.
struct RecordColumns {
    /// In the order of the query.
    let names: [String]
    /// Those that hold JSON themselves.
    let json: Set<String>
    private let firstIndex: Int

    init(_ names: String, json: Set<String> = [], from firstIndex: Int = 0) {
        self.names = names.split(separator: " ").map(String.init)
        self.json = json
        self.firstIndex = firstIndex
    }

    /// The column after the last.
    var end: Int { firstIndex + names.count }

    /// `m.message_id, m.session_id, …`
    func list(of table: String) -> String { names.map { "\(table).\($0)" }.joined(separator: ", ") }

    /// The columns of a row as an object, nulls left out; `more` adds members.
    func record(_ row: ColumnReader, _ more: (inout JSONWriter) -> Void = { _ in }) -> [UInt8] {
        var writer = JSONWriter(capacity: 1024)
        writer.object { record in
            for (offset, name) in names.enumerated() {
                guard let value = row.string(Int32(firstIndex + offset)) else { continue }
                if json.contains(name) { record.member(name, raw: value) } else { record.member(name, value) }
            }
            more(&record)
        }
        return writer.bytes
    }

    /// The value of a column.
    func value(_ name: String, _ row: ColumnReader) -> String? {
        names.firstIndex(of: name).flatMap { row.string(Int32(firstIndex + $0)) }
    }
}

extension JSONWriter {
    /// Every number that is the same line as a stored one, under the name `phones`.
    mutating func phones(_ stored: String?) {
        guard let stored else { return }
        key("phones")
        array { list in
            for number in PhoneNumber(stored: stored).variants { list.string(number.e164) }
        }
    }
}
