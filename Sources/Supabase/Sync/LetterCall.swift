import JSON
import Messaging

/// The records of dead letters as one call of `switchboard_ingest`. Each record is a whole call of one item, without a batch id.
struct LetterCall {
    fileprivate struct Row {
        /// Identifies the row's object if a call must not contain two rows of it; otherwise nil.
        let key: String?
        let record: [UInt8]
        /// Whether the row is a session that changed by itself, not because of an item.
        let hasChanged: Bool
    }

    private let lists: [(name: String, records: [[UInt8]])]

    /// Nil if a record is not such a call. Of several rows of one contact, identity or session the last is sent.
    init?(records: [String]) {
        var names: [String] = []
        var rows: [String: [Row]] = [:]
        for record in records {
            guard let json = try? JSON(parsing: Array(record.utf8)), json["version"].int == 1, json["batch_id"].string == "" else {
                return nil
            }
            for (name, value) in json.members where value.kind == .array {
                if rows[name] == nil { names.append(name) }
                rows[name, default: []] += value.elements.map { Row($0, of: name) }
            }
        }
        lists = names.map { name in
            let all = rows[name] ?? []
            // A session changed by itself if any of its rows says so, even if the last row does not.
            let changed = Set(all.filter(\.hasChanged).compactMap(\.key))
            return (
                name,
                all.latest(by: \.key).map { row in
                    let isUntold = !row.hasChanged && row.key.map(changed.contains) == true
                    return isUntold ? row.record.markedAsChanged : row.record
                }
            )
        }
    }

    /// The call's argument, a JSON object; `adapters` supply the marks by which placeholders are recognized.
    func argument(id: String, adapters: [AdapterTraits] = []) -> [UInt8] {
        var writer = JSONWriter(capacity: lists.reduce(256) { $1.records.reduce($0) { $0 + $1.count } })
        writer.object { batch in
            batch.member("version", 1)
            batch.member("batch_id", id)
            for list in lists { batch.list(list.name, list.records) }
            batch.marks(of: adapters)
        }
        return writer.bytes
    }

    /// The number of rows in each list, to be compared with the answer.
    var counts: [String: Int] { Dictionary(uniqueKeysWithValues: lists.map { ($0.name, $0.records.count) }) }
}

extension LetterCall.Row {
    fileprivate init(_ row: JSON, of list: String) {
        key =
            switch list {
            case "contacts": row["contact_id"].string
            case "sessions": row["session_id"].string
            case "identities": "\(row["kind"].text ?? "") \(row["scope"].text ?? "") \(row["value"].text ?? "")"
            default: nil
            }
        record = Array((row.text ?? "{}").utf8)
        hasChanged = list == "sessions" && row["changed"].bool == true
    }
}
