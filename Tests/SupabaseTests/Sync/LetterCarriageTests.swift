import JSON
import Testing

@testable import Supabase

@Suite("A refused record that is sent again")
struct LetterCarriageTests {
    @Test("It is the call of then under an id of its own")
    func argument() throws {
        let record = #"{"version":1,"batch_id":"","messages":[{"text":"\"batch_id\":\"\""}]}"#
        let argument = try #require(LetterCarriage.argument(of: record, id: "7"))
        #expect(String(decoding: argument, as: UTF8.self) == #"{"version":1,"batch_id":"7","messages":[{"text":"\"batch_id\":\"\""}]}"#)
        let json = try JSON(parsing: try #require(LetterCarriage.argument(of: record)))
        #expect(json["batch_id"].string?.count == 36)
    }

    @Test("What is no call is not sent", arguments: ["", "{}", "[]", #"{"version":1,"batch_id":"x"}"#, "no JSON"])
    func others(_ record: String) { #expect(LetterCarriage.argument(of: record) == nil) }
}
