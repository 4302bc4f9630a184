import Relay
import Testing

@testable import Supabase

@Suite("What an error shows of a row")
struct MaskedFailureTests {
    @Test(
        "Values that the database quotes are omitted, whatever raised them; names of the schema stay",
        arguments: [
            ("22P02", "invalid input syntax for type integer: \"my pin 4711\"", "22P02: invalid input syntax for type integer: \"•••\""),
            ("22003", "value \"99999999999\" is out of range for type integer", "22003: value \"•••\" is out of range for type integer"),
            ("22001", "value too long for type character varying(20)", "22001: value too long for type character varying(20)"),
            ("P0001", "no: my pin 4711", "P0001: (words that may quote the row)"),
            ("45000", "my pin 4711", "45000: (words that may quote the row)"),
            ("23514", "my pin 4711", "23514: (words that may quote the row)"),
            ("23000", "my pin 4711", "23000: (words that may quote the row)"),
            (
                "23000", "a trigger on the table sessions discards rows: trigger keep, rule r",
                "23000: a trigger on the table sessions discards rows: trigger keep, rule r"
            ),
            (
                "23502", "null value in column \"team_id\" of relation \"sessions\" violates not-null constraint",
                "23502: null value in column \"team_id\" of relation \"sessions\" violates not-null constraint"
            ),
            ("42501", "permission denied for table \"messages\"", "42501: permission denied for table \"messages\""),
            ("42P01", "relation \"activity_log\" does not exist", "42P01: relation \"activity_log\" does not exist"),
            ("42P01", "relation \"Zebra Quagga\" does not exist", "42P01: relation \"•••\" does not exist"),
            ("42704", "type \"inbox_919876500123\" does not exist", "42704: type \"•••\" does not exist"),
            ("42601", "syntax error in tsquery: \"My card is 4111\"", "42601: syntax error in tsquery: \"•••\""),
            ("PGRST202", "Could not find \"x\"", "PGRST202: (words that may quote the row)"),
            ("unreachable", "no \"host\"", "unreachable: no \"host\""),
        ])
    func shown(code: String, message: String, shown: String) {
        #expect(CallFailure(.permanent, code: code, message: message).description == shown)
    }

    @Test(
        "An error in a project's function concerns the row, except codes by which the server stops any statement",
        arguments: [
            ("58P01", .permanent), ("XX000", .permanent), ("HV000", .permanent), ("08006", .permanent), ("F0000", .permanent),
            ("PT503", .permanent), ("57014", .retry), ("40001", .retry), ("40P01", .retry), ("55P03", .retry), ("53300", .retry),
            ("57P01", .retry),
        ] as [(String, Disposition)])
    func temporary(code: String, disposition: Disposition) {
        let failure = CallFailure(.retry, code: code, message: "m", functions: ["public.guard()"]).called(in: .public)
        #expect(failure.disposition == disposition)
        let own = CallFailure(.retry, code: code, message: "m", functions: ["switchboard.store_messages(jsonb,jsonb)"]).called(in: .public)
        #expect(own.disposition == .retry && own.mayBeOfRow)
        #expect(failure.ofRow.disposition == .permanent)
    }

    @Test("A call that never reached the database is no row's failure", arguments: ["unreachable", "timed out", "journal", "cancelled"])
    func unreached(code: String) { #expect(!CallFailure(.retry, code: code, message: "m").mayBeOfRow) }

    @Test("A failure in a project's function shows only code and function, and counts as the row's")
    func function() {
        let message = "relation \"zebra\" does not exist"
        for (code, disposition) in [("42P01", Disposition.permanent), ("28P01", .permanent), ("25006", .pause)] {
            let failure = CallFailure(
                .pause, code: code, message: message, functions: ["public.guard()", "switchboard.store_messages(jsonb,jsonb)"]
            )
            .called(in: .public)
            #expect(failure.description == "\(code): (words that may quote the row) (in public.guard())")
            #expect(failure.disposition == disposition && !failure.advice.contains("zebra") && failure.shown("zebra") == nil)
            let own = CallFailure(.pause, code: code, message: message, functions: ["switchboard.store_messages(jsonb,jsonb)"])
            #expect(own.called(in: .public).disposition == .pause)
        }
    }
}
