import JSON
import Messaging
import Supabase
import SwitchboardTesting
import Testing

@Suite("Items with the same id and different content from two gateways, in the database")
struct DifferingItemTests {
    private static func message(_ delivery: Int, text: String = "Hello", context: String = "{}", type: String = "text") -> String {
        """
        {"message_id":"\(ContractRows.id(delivery))","provider":"whatsapp-cloud","account":"main","external_id":"w","channel":"whatsapp",\
        "direction":"inbound","type":"\(type)","text":"\(text)","content":{"mark":"\(type)"},"context":\(context),\
        "sent_at":"\(ContractRows.time(delivery))","received_at":"\(ContractRows.time(delivery))","delivery_id":"\(ContractRows.id(delivery))"}
        """
    }

    private static func event(_ delivery: Int, data: String) -> String {
        """
        {"event_id":"\(ContractRows.id(delivery))","kind":"activity","type":"typing","provider":"chat","account":"main","external_id":"e",\
        "data":\(data),"occurred_at":"\(ContractRows.time(delivery))","received_at":"\(ContractRows.time(delivery))",\
        "delivery_id":"\(ContractRows.id(delivery))"}
        """
    }

    private static func status(_ delivery: Int, detail: String) -> String {
        """
        {"provider":"twilio","account":"main","external_id":"s","status":"sent","rank":10,"occurred_at":"\(ContractRows.time(1))",\
        "received_at":"\(ContractRows.time(delivery))","detail":\(detail),"item_key":"00","delivery_id":"\(ContractRows.id(delivery))"}
        """
    }

    private static func batch(_ list: String, _ row: String) -> String {
        """
        {"version":1,"batch_id":"b","\(list)":[\(row)],"placeholders":{"whatsapp-cloud":[{"mark":"unsupported"}]},\
        "passing":{"whatsapp-cloud":["history_status"]}}
        """
    }

    private static func entry(_ table: String, _ provider: String) -> String {
        #"\#(table) \#(provider)/main 1 \#(ContractRows.id(2))"#
    }

    /// The list, the stored row, another row with its key, and whether the answer reports that they differ.
    private static let cases: [(list: String, stored: String, other: String, differs: Bool)] = [
        ("messages", message(1), message(2), false), ("messages", message(1), message(2, text: "Goodbye"), true),
        ("messages", message(1), message(2, type: "image"), true), ("messages", message(1), message(2, type: "unsupported"), false),
        ("messages", message(1, type: "unsupported"), message(2), false),
        ("messages", message(1, context: #"{"history_status":"READ"}"#), message(2, context: "null"), false),
        ("messages", message(1, context: #"{"id":"a"}"#), message(2, context: #"{"id":"b"}"#), true),
        ("events", event(1, data: #"{"a":1,"b":2}"#), event(2, data: #"{"b":2,"a":1}"#), false),
        ("events", event(1, data: "{}"), event(2, data: #"{"a":1}"#), true),
        ("message_statuses", status(1, detail: "{}"), status(2, detail: "{}"), false),
        ("message_statuses", status(1, detail: "{}"), status(2, detail: #"{"a":1}"#), true),
    ]

    @Test("The first item is kept, and the sender of the other one is informed, whenever it is sent", arguments: cases)
    func told(list: String, stored: String, other: String, differs: Bool) async throws {
        let database = try await SchemaDatabase.makeCopy()
        let first = try await database.call(.ingest, Self.batch(list, stored))
        #expect(first["differing"].kind == .array && first["differing"].count == 0)
        for _ in 1...2 {
            let answer = try await database.call(.ingest, Self.batch(list, other))
            let entries = answer["differing"].elements.map { entry in
                "\(entry["table"].string ?? "") \(entry["provider"].string ?? "")/\(entry["account"].string ?? "")"
                    + " \(entry["count"].int ?? 0) \(entry["delivery_id"].string ?? "")"
            }
            let provider = ["messages": "whatsapp-cloud", "events": "chat"][list] ?? "twilio"
            #expect(entries == (differs ? [Self.entry(list, provider)] : []))
            if differs { #expect(answer["stored"][named: list].int == 0 && answer["received"][named: list].int == 1) }
        }
        if differs { #expect(try await database.rows("select delivery_id from \(list)") == [ContractRows.id(1)]) }
    }

    /// A row, and how a team changes it.
    private static let edited: [(list: String, row: String, edit: String)] = [
        ("messages", message(1), "text = 'edited'"), ("events", event(1, data: "{}"), #"data = '{"a":1}'"#),
        ("message_statuses", status(1, detail: "{}"), #"detail = '{"a":1}'"#),
    ]

    @Test("A row that a team has edited does not differ when it is sent again", arguments: edited)
    func edits(list: String, row: String, edit: String) async throws {
        let database = try await SchemaDatabase.makeCopy()
        for turn in 1...2 {
            let answer = try await database.call(.ingest, Self.batch(list, row))
            #expect(answer["differing"].kind == .array && answer["differing"].count == 0)
            #expect(answer["stored"][named: list].int == (turn == 1 ? 1 : 0))
            try await database.execute("update \(list) set \(edit)")
        }
    }
}
