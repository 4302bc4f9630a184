import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

extension TemporaryJournal {
    /// A message or an activity, depending on the number.
    static func item(_ number: Int) -> Event {
        number % 3 == 0 ? .activity("screen.viewed", "a-\(number)") : .message("m-\(number)")
    }

    /// Stores these items, a tenth of a second apart.
    func fill(_ numbers: Range<Int>) async throws {
        for number in numbers {
            try await accept(delivery("\(number)"), [Self.item(number)])
            clock.advance(by: .milliseconds(100))
        }
    }

    /// Requires that every row is found by its id, and that unknown ids find nothing.
    func requireFound() async throws {
        for table in IdentifiedTable.allCases {
            let rows = try rows("SELECT \(table.id), \(table.number) FROM \(table.rawValue)")
            let found = try await journal.reader.read { db in
                let search = try IDSearch(db)
                return try rows.map { row in
                    let id = String(row.prefix { $0 != "|" })
                    let (number, other) = (try search.number(of: id, in: table), try search.number(of: id + "-", in: table))
                    return other == nil ? "\(id)|\(number.map { "\($0)" } ?? "-")" : "\(id)- is found"
                }
            }
            #expect(found == rows)
        }
        #expect(try await journal.reader.check().problems == [])
    }

    /// The names of the existing indexes of ids.
    func idIndexes() throws -> [String] {
        try rows(
            """
            SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE '%_item'
              AND tbl_name IN ('messages', 'events', 'deliveries') ORDER BY name
            """)
    }
}
