import JSON
import Messaging
import SQLiteStore
import Signing

extension MadeItem {
    /// Whether a row says the same, in its columns from `first` on: what a provider posts again it may write otherwise. JSON is compared by its
    /// values, and when it was said is not what is said: some reports of an item have a time and others have none. `passing` are members of a
    /// message's context that do not count.
    func saysTheSame(as row: ColumnReader, from first: Int32, passing: Set<String>) -> Bool {
        if isSame(as: row, from: first) { return true }
        return table.description.made.enumerated().allSatisfy { index, column in
            Self.isSame(row.string(first + Int32(index)), values.text(at: index), in: column, passing: passing)
        }
    }

    /// The columns by which a row does not say the same.
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

    /// A digest of the item and of what it says: it is equal where another one says the same, and only there.
    func fingerprint(passing: Set<String>) -> [UInt8] { fingerprint(passing) { values.text(at: $0) } }

    /// That of the item's row, of what the row says in its columns from `first` on.
    func fingerprint(of row: ColumnReader, from first: Int32, passing: Set<String>) -> [UInt8] {
        fingerprint(passing) { row.string(first + Int32($0)) }
    }

    /// By which earlier versions knew the item: JSON as it was written.
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

    /// Null is an object without members: a context that has nothing but what passes.
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
