import JSON

/// Records of letters as one call of `switchboard_ingest`. Each record is a whole call of one item but for its id.
struct LetterCall {
    private struct Row {
        /// What the row is about, where a call must not have two of it.
        let key: String?
        var text: String
    }

    private var lists: [(name: String, rows: [Row])] = []

    /// Nil where one is no call. Of a contact, an identity or a session that several name the last one's row is sent.
    init?(records: [String]) {
        for record in records {
            guard let json = try? JSON(parsing: Array(record.utf8)), json["version"].int == 1, json["batch_id"].string == "" else {
                return nil
            }
            for (name, value) in json.members where value.kind == .array {
                for element in value.elements { add(element, to: name) }
            }
        }
    }

    private mutating func add(_ element: JSON, to name: String) {
        guard let text = element.text else { return }
        let place = lists.firstIndex { $0.name == name } ?? lists.endIndex
        if place == lists.endIndex { lists.append((name, [])) }
        let row = Row(key: Self.key(of: element, in: name), text: text)
        guard let key = row.key, let earlier = lists[place].rows.firstIndex(where: { $0.key == key }) else {
            lists[place].rows.append(row)
            return
        }
        // A session that changed by itself did so whatever another item's row says of it.
        let hasChanged = lists[place].rows[earlier].text.hasSuffix(Self.changed)
        lists[place].rows[earlier].text = hasChanged && !text.hasSuffix(Self.changed) ? text.dropLast() + Self.changed : text
    }

    private static let changed = #","changed":true}"#

    private static func key(of element: JSON, in list: String) -> String? {
        switch list {
        case "contacts": element["contact_id"].string
        case "sessions": element["session_id"].string
        case "identities": "\(element["kind"].text ?? "") \(element["scope"].text ?? "") \(element["value"].text ?? "")"
        default: nil
        }
    }

    /// The call's argument, a JSON object.
    func argument(id: String) -> [UInt8] {
        var writer = JSONWriter(capacity: lists.reduce(256) { $1.rows.reduce($0) { $0 + $1.text.utf8.count } })
        writer.object { batch in
            batch.member("version", 1)
            batch.member("batch_id", id)
            for list in lists {
                batch.key(list.name)
                batch.array { rows in
                    for row in list.rows { rows.raw(Array(row.text.utf8)) }
                }
            }
        }
        return writer.bytes
    }

    /// How many rows of each list there are, for the answer to be checked against.
    var counts: [String: Int] { Dictionary(uniqueKeysWithValues: lists.map { ($0.name, $0.rows.count) }) }
}
