import JSON
import Messaging
import SQLiteStore
import Signing

extension MadeItem {
    /// Whether a row has the same content, in its columns from `first` on; a provider that repeats an item may write it differently. JSON
    /// is compared by its values, and times are not compared, since some reports of an item have a time and others do not. `passing` are
    /// members of a message's context that are not compared.
    func saysTheSame(as row: ColumnReader, from first: Int32, passing: Set<String>) -> Bool {
        if isSame(as: row, from: first) { return true }
        return table.description.made.enumerated().allSatisfy { index, column in
            Self.isSame(row.string(first + Int32(index)), values.text(at: index), in: column, passing: passing)
        }
    }

    /// The columns in which a row has other content.
    func otherwise(than row: ColumnReader, from first: Int32, passing: Set<String>) -> [CaptureDifference.Column] {
        table.description.made.enumerated().compactMap { index, column in
            let (stored, made) = (row.string(first + Int32(index)), values.text(at: index))
            guard !Self.isSame(stored, made, in: column, passing: passing) else { return nil }
            return CaptureDifference.Column(name: column.name, stored: stored, made: made)
        }
    }

    private static func isSame(_ stored: String?, _ made: String?, in column: ColumnDescription, passing: Set<String>) -> Bool {
        guard !stored.isExactly(made) else { return true }
        return switch column.kind {
        case .time: true
        case .json: isSameJSON(stored, made, passing: column.name == "context" ? passing : [])
        default: false
        }
    }

    /// A digest of the item and its content: it is equal for the same content, and only then.
    func fingerprint(passing: Set<String>) -> [UInt8] { fingerprint(passing) { values.text(at: $0) } }

    /// The digest of the item's row, with the row's content in its columns from `first` on.
    func fingerprint(of row: ColumnReader, from first: Int32, passing: Set<String>) -> [UInt8] {
        fingerprint(passing) { row.string(first + Int32($0)) }
    }

    /// The digest of earlier versions, with JSON as it was written.
    var formerFingerprint: [UInt8] {
        fingerprint { index, column in column.kind == .time ? "" : values.text(at: index).map { "=\($0)" } ?? "" }
    }

    private func fingerprint(_ passing: Set<String>, _ value: (Int) -> String?) -> [UInt8] {
        fingerprint { index, column in
            switch column.kind {
            case .time: ""
            case .json: Self.canonicalText(of: value(index), passing: column.name == "context" ? passing : [])
            default: value(index).map { "=\($0)" } ?? ""
            }
        }
    }

    private func fingerprint(_ said: (Int, ColumnDescription) -> String) -> [UInt8] {
        let said = table.description.made.enumerated().map { said($0.offset, $0.element) }
        return Array(Digest.sha256(DeliveredItem.joined([table.rawValue, Hex.encode(key)] + said)).prefix(16))
    }

    private static func canonicalText(of json: String?, passing: Set<String>) -> String {
        (try? parse(json))?.canonicalText(passing: passing) ?? json ?? ""
    }

    /// Null counts as an empty object: a context that only has members that are not compared.
    private static func parse(_ json: String?) throws(JSONError) -> JSON { try JSON(parsing: Array((json ?? "{}").utf8)) }

    private static func isSameJSON(_ one: String?, _ other: String?, passing: Set<String>) -> Bool {
        guard let one = try? parse(one), let other = try? parse(other) else { return false }
        guard !passing.isEmpty, one.kind == .object, other.kind == .object else { return one.isSame(as: other) }
        let (ours, theirs) = (one.members(without: passing), other.members(without: passing))
        return ours.count == theirs.count && zip(ours, theirs).allSatisfy { $0.key.isExactly($1.key) && $0.value.isSame(as: $1.value) }
    }
}

extension JSON {
    /// By their names.
    fileprivate func members(without names: Set<String>) -> [(key: String, value: JSON)] {
        members.filter { !names.contains($0.key) }.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
    }
}
