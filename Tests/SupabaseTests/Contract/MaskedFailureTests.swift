import Relay
import Testing

@testable import Supabase

@Suite("What a failure shows of a row")
struct MaskedFailureTests {
    @Test(
        "Values that the database quotes are left out, whoever raised them; names of the schema stay",
        arguments: [
            ("22P02", "invalid input syntax for type integer: \"my pin 4711\"", "22P02: invalid input syntax for type integer: \"•••\""),
            ("22003", "value \"99999999999\" is out of range for type integer", "22003: value \"•••\""),
            ("22001", "value too long for type character varying(20)", "22001: value too long for type character varying(20)"),
            ("P0001", "no: my pin 4711", "P0001: (words that may quote the row: 15 bytes)"),
            ("45000", "my pin 4711", "45000: (words that may quote the row: 11 bytes)"),
            ("23514", "my pin 4711", "23514: (words that may quote the row: 11 bytes)"),
            (
                "23502", "null value in column \"team_id\" of relation \"sessions\" violates not-null constraint",
                "23502: null value in column \"team_id\" of relation \"sessions\" violates not-null constraint"
            ),
            ("42501", "permission denied for table \"messages\"", "42501: permission denied for table \"messages\""),
            ("PGRST202", "Could not find \"x\"", "PGRST202: Could not find \"x\""),
            ("unreachable", "no \"host\"", "unreachable: no \"host\""),
        ])
    func shown(code: String, message: String, shown: String) {
        #expect(CallFailure(.permanent, code: code, message: message).description == shown)
    }
}
