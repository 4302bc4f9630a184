import Testing

@testable import Supabase

@Suite("Answers to a batch")
struct IngestAnswerTests {
    private static let stored = #"{"messages":2,"events":0,"message_statuses":0,"dead_letters":0}"#

    @Test(
        "Only an answer to that batch, with as many rows as were sent, says that they are stored",
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

    @Test(
        "What is no answer of version 1 is none",
        arguments: [
            "", "{}", "[]", #"{"version":2,"received":{}}"#, #"{"version":1,"received":1}"#,
            #"{"version":1,"received":{}}"#, #"{"version":1,"received":{},"stored":2}"#, #"{"version":1,"received":{},"stored":{}}"#,
            #"{"version":1,"received":{},"stored":{"messages":1}}"#,
            #"{"version":1,"received":{},"stored":{"messages":"1","events":0,"message_statuses":0,"dead_letters":0}}"#,
        ])
    func isNone(answer: String) { #expect(IngestAnswer(Array(answer.utf8)) == nil) }
}
