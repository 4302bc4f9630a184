import Journal
import Messaging
import Testing

@testable import Supabase

@Suite("Answers to a batch")
struct IngestAnswerTests {
    private static let stored = #"{"messages":2,"events":0,"message_statuses":0,"dead_letters":0}"#

    @Test(
        "Rows count as stored only with an answer to that batch and the right number of rows",
        arguments: [
            (#"{"version":1,"batch_id":"b7","received":{"messages":2},"stored":\#(Self.stored)}"#, true),
            (#"{"version":1,"batch_id":"b8","received":{"messages":2},"stored":\#(Self.stored)}"#, false),
            (#"{"version":1,"batch_id":null,"received":{"messages":2},"stored":\#(Self.stored)}"#, false),
            (#"{"version":1,"received":{"messages":2},"stored":\#(Self.stored)}"#, false),
            (#"{"version":1,"batch_id":"b7","received":{"messages":1},"stored":\#(Self.stored)}"#, false),
            (#"{"version":1,"batch_id":"b7","received":{},"stored":\#(Self.stored)}"#, false),
        ])
    func confirms(answer: String, isConfirmed: Bool) throws {
        let answer = try #require(IngestAnswer(Array(answer.utf8)))
        #expect(answer.confirms("b7", counts: ["messages": 2]) == isConfirmed)
    }

    @Test("Differing items are reported by table and account; an answer without valid entries reports none")
    func differing() throws {
        let text = "01a2049a-fa35-7027-a07f-d114d83a73fa"
        let known = #"{"table":"messages","provider":"chat","account":"main","count":2,"delivery_id":"\#(text)"}"#
        let others = [
            #"{"table":"dead_letters","provider":"chat","account":"main","count":2}"#, #"{"table":"messages","count":2}"#,
            #"{"table":"events","provider":"chat","account":"main","count":0}"#, "7",
        ]
        let head = #"{"version":1,"batch_id":"b7","received":{},"stored":\#(Self.stored)"#
        let told = try #require(IngestAnswer(Array(#"\#(head),"differing":[\#(([known] + others).joined(separator: ","))]}"#.utf8)))
        let id = DeliveryID(text)
        let expected = DifferingRows(table: .messages, adapter: "chat", account: "main", count: 2, deliveryID: id)
        #expect(told.rows == SharedRows(differing: [expected]))
        let silent = try #require(IngestAnswer(Array("\(head)}".utf8)))
        #expect(silent.rows.isEmpty)
    }

    @Test("A moved item has the number that its row had in the call; one that was not in the call has none")
    func moved() throws {
        let session = "01a2049a-fa35-7027-a07f-d114d83a73fa"
        let head = #"{"version":1,"batch_id":"b7","received":{},"stored":\#(Self.stored)"#
        let moved = [#""message_id":"m""#, #""event_id":"e""#, #""message_id":"other""#].map { #"{\#($0),"session_id":"\#(session)"}"# }
        let answer = try #require(IngestAnswer(Array(#"\#(head),"moved":[\#(moved.joined(separator: ","))]}"#.utf8)))
        let records: [(OutboxItem.Kind, String)] = [
            (.status, #"{"message_id":"m"}"#), (.message, #"{"message_id":"m"}"#), (.event, #"{"event_id":"e"}"#), (.message, "{"),
        ]
        let items = zip(1..., records).map { number, row in
            OutboxItem(sequence: number, kind: row.0, record: Array(row.1.utf8), session: nil, owner: "", deliveryID: nil)
        }
        let id = try #require(SessionID(session))
        let expected = [("m", 2), ("e", 3), ("other", nil)].map { MovedItem(id: $0.0, sequence: $0.1, session: id) }
        #expect(answer.rows(of: items) == SharedRows(moved: expected))
    }

    @Test(
        "Anything that is not an answer of version 1 is refused",
        arguments: [
            "", "{}", "[]", #"{"version":2,"received":{}}"#, #"{"version":1,"received":1}"#,
            #"{"version":1,"received":{}}"#, #"{"version":1,"received":{},"stored":2}"#, #"{"version":1,"received":{},"stored":{}}"#,
            #"{"version":1,"received":{},"stored":{"messages":1}}"#,
            #"{"version":1,"received":{},"stored":{"messages":"1","events":0,"message_statuses":0,"dead_letters":0}}"#,
        ])
    func isNone(answer: String) { #expect(IngestAnswer(Array(answer.utf8)) == nil) }
}
