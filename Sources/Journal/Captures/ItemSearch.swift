import GRDB
import Messaging
import PhoneNumbers

/// Finds the deliveries whose items concern a phone or have an external id. No index leads there: it walks the items.
struct ItemSearch {
    private let filter: CaptureFilter

    init(_ filter: CaptureFilter) { self.filter = filter }

    /// The next deliveries with an item after a position, each with the number of the last of its items that was found.
    func deliveries(
        _ db: Database, after position: Int64, limit: Int
    ) throws -> (list: [(id: DeliveryID, sequence: Int64)], isLast: Bool) {
        let tables = ["messages", "events", "message_statuses"].map { table in
            "SELECT seq, delivery_id FROM \(table) WHERE seq > :position AND \(condition(on: table))"
        }
        let sql = """
            \(contacts) SELECT delivery_id, max(seq) AS seq FROM (\(tables.joined(separator: " UNION ALL ")))
            GROUP BY delivery_id ORDER BY seq LIMIT :limit
            """
        let rows = try Row.fetchAll(db, sql: sql, arguments: arguments(position, limit))
        let list = rows.compactMap { row in DeliveryID(row[0] as String).map { ($0, row[1] as Int64) } }
        return (list, rows.count < limit)
    }

    /// The contact of the number, and those that were merged into it.
    private var contacts: String {
        guard filter.phone != nil else { return "" }
        return """
            WITH RECURSIVE persons (contact_id) AS (
              SELECT contact_id FROM contacts WHERE phone IN (:phone, :variant)
              UNION SELECT c.contact_id FROM contacts c JOIN persons p ON c.merged_into = p.contact_id)
            """
    }

    private func condition(on table: String) -> String {
        let spellings = "(:phone, :variant, substr(:phone, 2), substr(:variant, 2))"
        let isOfPerson = "contact_id IN (SELECT contact_id FROM persons)"
        let isOfPhone =
            switch table {
            case "message_statuses": "recipient IN \(spellings)"
            // After a change of the number the contact has the new one, what came before names the old one.
            case "messages": "(\(isOfPerson) OR sender IN \(spellings))"
            default: isOfPerson
            }
        // What a token proved has `#`, its contact's 36 characters and `#` before the sender's own id.
        let isOfID = "(external_id = :external OR external_id LIKE '#%' AND substr(external_id, 39) = :external)"
        return [filter.phone.map { _ in isOfPhone }, filter.externalID.map { _ in isOfID }]
            .compactMap { $0 }.joined(separator: " AND ")
    }

    private func arguments(_ position: Int64, _ limit: Int) -> StatementArguments {
        var arguments: StatementArguments = ["position": position, "limit": limit]
        if let phone = filter.phone {
            let variants = PhoneNumber(stored: phone).variants
            arguments += ["phone": phone, "variant": variants.first { $0.e164 != phone }?.e164 ?? phone]
        }
        if let external = filter.externalID { arguments += ["external": external] }
        return arguments
    }
}
