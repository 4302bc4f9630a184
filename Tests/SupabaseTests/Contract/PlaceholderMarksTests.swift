import JSON
import Journal
import Messaging
import Testing

@testable import Supabase

@Suite("The marks of placeholders in a call")
struct PlaceholderMarksTests {
    private static let adapters = [
        AdapterTraits(
            kind: "marked", sender: .provider, placeholders: PlaceholderMarks([#"{"type":"x"}"#, "no JSON", #"{"errors":[1]}"#]),
            passingContext: ["history", "age"]),
        AdapterTraits(kind: "plain", sender: .provider),
    ]

    private func item(_ kind: OutboxItem.Kind) -> OutboxItem {
        OutboxItem(sequence: 1, kind: kind, record: Array(#"{"external_id":"w"}"#.utf8), session: nil, owner: "w", deliveryID: nil)
    }

    @Test("A call with messages contains the adapters' marks; they do not count as rows", arguments: OutboxItem.Kind.allCases)
    func batch(kind: OutboxItem.Kind) throws {
        let batch = IngestBatch(id: "b", items: [item(kind)], adapters: Self.adapters)
        let marks = try JSON(parsing: batch.argument)["placeholders"]
        #expect(marks.text == (kind == .message ? #"{"marked":[{"type":"x"},{"errors":[1]}]}"# : nil))
        #expect(batch.counts["placeholders"] == nil)
        let passing = try JSON(parsing: batch.argument)["passing"]
        #expect(passing.text == (kind == .message ? #"{"marked":["age","history"]}"# : nil))
        #expect(batch.counts["passing"] == nil)
    }

    @Test("A dead letter that is sent again contains the marks of the installed version's adapters")
    func letter() throws {
        let record = String(decoding: item(.message).letterRecord, as: UTF8.self)
        let call = try #require(LetterCall(records: [record]))
        let argument = try JSON(parsing: call.argument(id: "b", adapters: Self.adapters))
        #expect(argument["placeholders"].text == #"{"marked":[{"type":"x"},{"errors":[1]}]}"#)
        #expect(argument["passing"].text == #"{"marked":["age","history"]}"#)
        #expect(argument["messages"].count == 1 && call.counts == ["messages": 1])
    }
}
