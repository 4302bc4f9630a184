import JSON
import Relay
import Supabase
import SwitchboardTesting
import Testing

@Suite("Calling the contract's functions, by REST and directly")
struct TransportTests {
    @Test("An argument arrives, and the answer comes back", arguments: Way.allCases)
    func call(way: Way) async throws {
        try await way.run { transport, database in
            let answer = try await transport.call(.ingest, #"{"id":"1","text":"Grüße, \"Asha\" 👋 \\u0000"}"#)
            let echo = try JSON(parsing: Array(answer.utf8))["echo"]
            #expect(echo["text"].string == #"Grüße, "Asha" 👋 \u0000"#)
            let stored = try await database.stored()
            #expect(stored == ["1"])
        }
    }

    @Test("What PostgreSQL cannot store is replaced, and everything else is stored unchanged", arguments: Way.allCases)
    func sanitized(way: Way) async throws {
        try await way.run { transport, _ in
            let answer = try await transport.call(
                .ingest, #"{"id":"1","a":"x\u0000y\\\u0000","b":"\ud83d!","c":"\uDC4B","d":"\ud83d\uDC4B"}"#)
            let echo = try JSON(parsing: Array(answer.utf8))["echo"]
            #expect(echo["a"].string == "x\u{fffd}y\\\u{fffd}")
            #expect(echo["b"].string == "\u{fffd}!")
            #expect(echo["c"].string == "\u{fffd}")
            #expect(echo["d"].string == "👋")
        }
    }

    @Test("A batch of a megabyte is accepted", arguments: Way.allCases)
    func large(way: Way) async throws {
        try await way.run { transport, _ in
            let text = String(repeating: "0123456789", count: 100_000)
            let answer = try await transport.call(.ingest, #"{"id":"1","text":"\#(text)"}"#)
            #expect(answer.utf8.count > 1_000_000)
        }
    }

    @Test(
        "Errors that a function raises are recognised", arguments: Way.allCases,
        [
            ("22023", .permanent), ("P0001", .permanent), ("54000", .permanent), ("23505", .permanent), ("53300", .retry),
            ("55P03", .retry),
            ("57014", .retry), ("42501", .pause), ("42P01", .pause), ("25006", .pause), ("PT429", .retry),
        ] as [(String, CallFailure.Disposition)])
    func raised(way: Way, expected: (code: String, disposition: CallFailure.Disposition)) async throws {
        try await way.run { transport, _ in
            let failure = await transport.failure(of: .inspect, #"{"raise":"\#(expected.code)"}"#)
            #expect(failure?.disposition == expected.disposition)
            #expect(failure?.code == expected.code)
            #expect(failure?.message == "raised")
            #expect(failure?.details == "the detail")
            #expect(failure?.hint == "the hint")
            #expect(failure?.isOutcomeUnknown == false)
        }
    }

    @Test("A missing function, and one without a grant, pause all calls", arguments: Way.allCases)
    func missing(way: Way) async throws {
        try await way.run { transport, _ in
            let missing = await transport.failure(of: .end, "{}")
            #expect(missing?.disposition == .pause)
            #expect(missing?.code == (way == .rest ? "PGRST202" : "42883"))
            #expect(missing?.advice.contains("migrate") == true)
            let denied = await transport.failure(of: .sweep, "{}")
            #expect(denied?.disposition == .pause)
            #expect(denied?.code == "42501")
            #expect(denied?.advice.contains("permission") == true)
        }
    }

    @Test("A call that exceeds its budget is given up, with an unknown result", arguments: Way.allCases)
    func budget(way: Way) async throws {
        try await way.run { transport, _ in
            var failure: CallFailure?
            // On a busy machine, the first budget may end before anything was sent.
            for budget in [Duration.milliseconds(300), .seconds(3)] where failure?.isOutcomeUnknown != true {
                failure = await transport.failure(of: .inspect, #"{"sleep":7}"#, within: budget)
            }
            #expect(failure?.disposition == .retry)
            #expect(failure?.code == "timed out")
            #expect(failure?.isOutcomeUnknown == true)
        }
    }

    @Test("Cancelling the task gives up its call, and shutdown ends all calls", arguments: Way.allCases)
    func cancelled(way: Way) async throws {
        try await way.run { transport, _ in
            let failure = await withTaskGroup(of: CallFailure?.self) { group in
                group.addTask { await transport.failure(of: .inspect, #"{"sleep":7}"#) }
                group.cancelAll()
                return await group.next() ?? nil
            }
            #expect(failure?.code == "cancelled")
            transport.shutdown()
            let next = await transport.failure(of: .inspect, "{}")
            #expect(next?.code == "cancelled")
        }
    }
}
