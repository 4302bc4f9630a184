import Relay
import Supabase
import SwitchboardTesting
import Testing

@Suite("Calls that are cut off, delayed, or answered by another server")
struct FaultTests {
    @Test("If an answer is lost, the result is unknown, and repeating the call has no further effect")
    func lostAnswers() async throws {
        let database = try await ContractDatabase.make()
        try await database.proxied { transport, proxy async throws in
            proxy.next(.cutAfter, .truncate(3), .truncate(0))
            for id in ["1", "2", "3"] {
                let failure = await transport.failure(of: .ingest, #"{"id":"\#(id)"}"#)
                #expect(failure?.disposition == .retry)
                #expect(failure?.isOutcomeUnknown == true)
            }
            #expect(try await database.stored() == ["1", "2", "3"])
            #expect(try await transport.call(.ingest, #"{"id":"1"}"#) == #"{"echo": {"id": "1"}}"#)
            #expect(try await database.stored() == ["1", "2", "3"])
        }
    }

    @Test("A call that never reaches the server has no effect")
    func cutBefore() async throws {
        let database = try await ContractDatabase.make()
        try await database.proxied { transport, proxy async throws in
            proxy.next(.cutBefore, .answer(status: 503, headers: ["Retry-After": "7"]), .answer(status: 429), .none)
            let cut = await transport.failure(of: .ingest, #"{"id":"1"}"#)
            #expect(cut?.disposition == .retry)
            let away = await transport.failure(of: .ingest, #"{"id":"1"}"#)
            #expect(away?.retryAfter == .seconds(7))
            #expect(await transport.failure(of: .ingest, #"{"id":"1"}"#)?.status == 429)
            #expect(try await database.stored() == [])
            #expect(await transport.failure(of: .ingest, #"{"id":"1"}"#) == nil)
        }
    }

    @Test("A delayed call ends with its budget; a slow one does not")
    func held() async throws {
        let database = try await ContractDatabase.make()
        try await database.proxied { transport, proxy async throws in
            proxy.next(.hold, .delay(.milliseconds(100)))
            let failure = await transport.failure(of: .ingest, #"{"id":"1"}"#, within: .milliseconds(100))
            #expect(failure?.code == "timed out")
            #expect(await transport.failure(of: .ingest, #"{"id":"2"}"#) == nil)
            #expect(try await database.stored() == ["2"])
        }
    }

    @Test("If the connection of a direct call breaks, the result is unknown; the next call connects again")
    func cutLink() async throws {
        let database = try await ContractDatabase.make()
        try await FaultyLink.run(to: PostgresServer.shared().port) { link async throws in
            try await database.direct(port: link.port) { transport async throws in
                #expect(try await transport.call(.inspect, "{}") == "{}")
                // The budget is long enough that even on a busy machine the connection is cut first.
                async let call = transport.failure(of: .inspect, #"{"sleep":600,"name":"cut"}"#, within: .seconds(500))
                try await database.untilAsleep()
                link.cut()
                let failure = await call
                #expect(failure?.code == "connection lost")
                #expect(failure?.isOutcomeUnknown == true)
                #expect(try await transport.call(.inspect, "{}") == "{}")
                link.refuse(true)
                link.cut()
                let refused = await transport.failure(of: .inspect, "{}")
                #expect(refused?.disposition == .retry)
            }
        }
    }

    @Test("A direct call on a stalled connection ends with its budget, and the connection works again afterwards")
    func stalledLink() async throws {
        let database = try await ContractDatabase.make()
        try await FaultyLink.run(to: PostgresServer.shared().port) { link async throws in
            try await database.direct(port: link.port) { transport async throws in
                #expect(try await transport.call(.inspect, "{}") == "{}")
                link.stall()
                let failure = await transport.failure(of: .ingest, #"{"id":"1"}"#, within: .milliseconds(100))
                #expect(failure?.code == "timed out")
                link.resume()
                #expect(try await transport.call(.inspect, "{}") == "{}")
            }
        }
    }
}
