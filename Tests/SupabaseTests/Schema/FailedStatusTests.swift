import JSON
import Supabase
import SwitchboardTesting
import Testing

/// Earlier versions computed the keys of failed statuses from the errors as they were written.
@Suite("Failed statuses with the keys of two versions, in the database")
struct FailedStatusTests {
    /// `at` is the minute in the status, `received` the minute of its receipt.
    private static func status(
        _ key: String, errors: String = #"[{"code":1,"title":"t"}]"#, detail: String = #"{"type":"x"}"#, at: Int = 1, received: Int = 2,
        id: String = "s"
    ) -> String {
        """
        {"provider":"twilio","account":"main","external_id":"\(id)","status":"failed","occurred_at":"\(ContractRows.time(at))",\
        "received_at":"\(ContractRows.time(received))","recipient":"919876543210","errors":\(errors),"detail":\(detail),\
        "item_key":"\(key)","delivery_id":"\(ContractRows.id(received))"}
        """
    }

    private static func stored(_ rows: [String]) async throws -> [Int64?] {
        let database = try await SchemaDatabase.makeCopy()
        var counts: [Int64?] = []
        for row in rows {
            let answer = try await database.call(.ingest, #"{"version":1,"batch_id":"b","message_statuses":[\#(row)]}"#)
            counts.append(answer["stored"]["message_statuses"].int)
        }
        return counts
    }

    @Test(
        "The same failure is stored once, whichever key arrives first, and however its errors are written",
        arguments: [
            [status("00"), status("01"), status("00"), status("01")],
            [status("00"), status("01", errors: #"[ { "title" : "\u0074", "code" : 1.0 } ]"#, received: 9)],
            [status("00", at: 2), status("01", at: 9, received: 9)],
        ])
    func once(rows: [String]) async throws {
        let counts = try await Self.stored(rows)
        #expect(counts == [1] + Array(repeating: 0, count: rows.count - 1))
    }

    @Test(
        "Different failures are stored separately",
        arguments: [
            status("01", errors: #"[{"code":2,"title":"t"}]"#), status("01", detail: #"{"type":"y"}"#), status("01", at: 0),
            status("01", id: "t"),
            status("01", errors: "null"),
        ])
    func others(other: String) async throws {
        #expect(try await Self.stored([Self.status("00"), other]) == [1, 1])
    }
}
