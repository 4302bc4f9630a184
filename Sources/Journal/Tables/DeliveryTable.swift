import JSON
import Messaging
import SQLiteStore

/// The table `deliveries`, as the writer uses it.
struct DeliveryTable {
    private let insertStatement: PreparedRowStatement<DeliveryRow>
    private let sizeStatement: PreparedStatement
    private let deleteStatement: PreparedStatement
    private let sequence: LogSequence
    private let forms: FormTable
    private let adapters: [AdapterKind: AdapterTraits]

    init(_ db: Database, _ sequence: LogSequence, _ forms: FormTable, _ adapters: [AdapterKind: AdapterTraits]) throws {
        self.sequence = sequence
        self.forms = forms
        self.adapters = adapters
        let range = "FROM deliveries AS d WHERE last_seq BETWEEN ? AND ? AND (? OR NOT \(CaptureRows.isDeadLetter))"
        sizeStatement = try PreparedStatement(db, "SELECT sum(\(KeptSize.rowBytes)) \(range)")
        deleteStatement = try PreparedStatement(db, "DELETE \(range)")
        insertStatement = try PreparedRowStatement(db, Tables.deliveries.insert())
    }

    /// Removes the deliveries with these numbers, and returns their count and bytes. Deliveries with an unresolved dead letter are removed
    /// only if `withLetters` is true.
    func remove(_ range: ClosedRange<Int64>, withLetters: Bool = false) throws -> (count: Int, bytes: Int64) {
        func fill(_ row: inout RowBuffer) {
            row.integer(range.lowerBound)
            row.integer(range.upperBound)
            row.integer(withLetters ? 1 : 0)
        }
        let bytes = try sizeStatement.first(fill) { $0.integer(0) } ?? 0
        return (try deleteStatement.run(fill), bytes)
    }

    /// Stores a delivery after its items, with the number of the last of them. `owner` is the contact whose session's token authenticated
    /// it; `people` has the party of each of its items, or of the first two if there are more.
    func insert(_ delivery: Delivery, as id: DeliveryID, ownedBy owner: ContactID?, about people: [Party?]) throws {
        let headers = delivery.keptHeaders(of: adapters[delivery.adapter], ownedBy: owner)
        let content = DeliveryContent(headers: headers, body: delivery.body)
        // Several items can be about several people, one of whom may be in many such deliveries.
        let person = people.count == 1 ? owner?.description ?? people[0]?.keys.first?.value : nil
        let form = try forms.form(of: delivery, content, about: person)
        try insertStatement.run(
            DeliveryRow(sequence: sequence.last, id: id, delivery: delivery, content: RowContent(content, in: form)))
    }
}

/// A row of `deliveries`.
struct DeliveryRow {
    let sequence: Int64
    let id: DeliveryID
    let delivery: Delivery
    let content: RowContent

    /// The value, or an empty text if the row has a form, which then has the value.
    fileprivate func unlessFormed(_ value: String) -> String { content.form == nil ? value : "" }
}

extension Tables {
    /// Only the journal has this table. Its rows are read through the view `whole_deliveries`, which has the same columns except the last.
    static let deliveries = Table<DeliveryRow>(
        "deliveries",
        [
            Column("last_seq", .integer, .shown, in: .journal) { $1.integer($0.sequence) }, .id("delivery_id") { $0.id },
            .text("adapter") { $0.unlessFormed($0.delivery.adapter.rawValue) },
            .text("account") { $0.unlessFormed($0.delivery.account.rawValue) },
            .time("received_at") { $0.delivery.receivedAt }, .text("method") { $0.unlessFormed($0.delivery.method) },
            .text("target", .length) { $0.unlessFormed($0.delivery.target) },
            Column("headers", .text, .length) { row, buffer in
                switch row.content.headers {
                case .text(let text): buffer.text(utf8: text)
                case .bytes(let bytes): buffer.blob(bytes)
                }
            },
            Column("body", .bytes, .length, in: .journal) { $1.blob($0.content.body) },
            Column("form_id", .integer, .shown, in: .journal) { $1.integer($0.content.form) },
        ])
}

extension Delivery {
    /// The headers that an adapter may need again, as a JSON array of [name, value]; if the adapter is unknown, those that are always kept.
    /// A session's token is replaced by a mark with its owner: when the delivery is replayed, the adapter thus accepts a body without a
    /// phone, and its items belong to the same contact.
    func keptHeaders(of traits: AdapterTraits?, ownedBy owner: ContactID?) -> [UInt8] {
        var writer = JSONWriter(capacity: 512)
        writer.array { list in
            for header in headers where traits?.keeps(header: header.name) ?? AdapterTraits.alwaysKeeps(header: header.name) {
                list.array { pair in
                    pair.string(header.name)
                    pair.string(header.name == SessionToken.header ? SessionToken.mark(owner: owner) : header.value)
                }
            }
        }
        return writer.bytes
    }
}
