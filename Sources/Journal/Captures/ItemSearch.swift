import Messaging
import PhoneNumbers
import SQLiteStore

/// Finds the deliveries with an item that concerns a phone or a customer or has an external id, or that differs from such an item. There is
/// no index for this: it scans the items.
struct ItemSearch {
    private let filter: CaptureFilter

    init(_ filter: CaptureFilter) { self.filter = filter }

    /// The next deliveries with a matching item after a position, each with the number of the last matching item.
    func deliveries(
        _ db: Database, after position: Int64, limit: Int
    ) throws -> (list: [(id: DeliveryID, sequence: Int64)], isLast: Bool) {
        // Differences are few: SQLite scans the items and looks up each match in `differences`; if that table has none, nothing is scanned.
        let tables = ["messages", "events", "message_statuses"].flatMap { table in
            [
                "SELECT seq, delivery_id FROM \(table) WHERE seq > ?1 AND \(condition(on: table))",
                """
                SELECT d.seq, d.delivery_id FROM (SELECT 1 FROM differences WHERE item_table = '\(table)' LIMIT 1)
                CROSS JOIN \(table) i CROSS JOIN differences d ON d.item_key = i.item_key
                WHERE d.item_table = '\(table)' AND d.seq > ?1 AND \(condition(on: table))
                """,
            ]
        }
        let sql = """
            \(contacts) SELECT delivery_id, max(seq) AS seq FROM (\(tables.joined(separator: " UNION ALL ")))
            GROUP BY delivery_id ORDER BY seq LIMIT ?2
            """
        var list: [(id: DeliveryID, sequence: Int64)] = []
        var count = 0
        try db.statement(sql).forEach({ fill(&$0, position, limit) }) { row in
            count += 1
            if let id: DeliveryID = row.id(0) { list.append((id, row.integer(1))) }
            return true
        }
        return (list, count < limit)
    }

    /// Common table expressions of the contacts with the number and of those with the customer id, both including the contacts that were
    /// merged into them.
    private var contacts: String {
        let ofPhone = filter.phone.map { _ in
            Self.people("persons", "SELECT contact_id FROM contacts WHERE phone IN (SELECT value FROM json_each(?3))")
        }
        let ofCustomer = filter.customerID.map { _ in
            Self.people(
                "customers",
                "SELECT contact_id FROM contacts WHERE customer_id = ?5 UNION SELECT contact_id FROM sessions WHERE customer_id = ?5")
        }
        let tables = [ofPhone, ofCustomer].compactMap(\.self)
        return tables.isEmpty ? "" : "WITH RECURSIVE \(tables.joined(separator: ", "))"
    }

    private static func people(_ name: String, _ first: String) -> String {
        "\(name) (contact_id) AS (\(first) UNION SELECT c.contact_id FROM contacts c JOIN \(name) p ON c.merged_into = p.contact_id)"
    }

    private func condition(on table: String) -> String {
        let spellings = "(SELECT value FROM json_each(?3) UNION ALL SELECT substr(value, 2) FROM json_each(?3))"
        let isOfPerson = "contact_id IN (SELECT contact_id FROM persons)"
        let isOfPhone =
            switch table {
            case "message_statuses": "recipient IN \(spellings)"
            // After a change of number, the contact has the new number, but earlier messages contain the old one.
            case "messages": "(\(isOfPerson) OR sender IN \(spellings))"
            default: isOfPerson
            }
        let numbers = "(SELECT phone FROM contacts WHERE contact_id IN (SELECT contact_id FROM customers))"
        let isOfCustomer =
            table == "message_statuses"
            ? "(recipient IN \(numbers) OR '+' || recipient IN \(numbers))" : "contact_id IN (SELECT contact_id FROM customers)"
        // The external id of an item that a session's token authenticated begins with `#`, the 36 characters of its contact's id, and `#`.
        // That of a client's event ends with `#` and the client's own id, which is what people know.
        let isOfID = """
            (external_id = ?4 OR external_id LIKE '#%' AND substr(external_id, 39) = ?4 \
            OR substr(external_id, -1 - length(?4)) = '#' || ?4)
            """
        return [
            filter.phone.map { _ in isOfPhone }, filter.customerID.map { _ in isOfCustomer }, filter.externalID.map { _ in isOfID },
        ]
        .compactMap { $0 }.joined(separator: " AND ")
    }

    /// The parameters of the query: position, limit, the forms of the number, external id, customer.
    private func fill(_ values: inout RowBuffer, _ position: Int64, _ limit: Int) {
        values.integer(position)
        values.integer(Int64(limit))
        values.text(PhoneNumber.list(ofVariantsOf: filter.phone))
        guard filter.externalID != nil || filter.customerID != nil else { return }
        if let external = filter.externalID { values.text(IndexedText.form(of: external)) } else { values.null() }
        if let customer = filter.customerID { values.text(customer) }
    }
}
