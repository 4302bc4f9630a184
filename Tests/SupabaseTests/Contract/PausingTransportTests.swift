import Relay
import Synchronization
import Testing

@testable import Supabase

@Suite("A database that refuses calls is called less often")
struct PausingTransportTests {
    private let database = ScriptedDatabase()
    private let clock = ManualClock()

    private func transport() -> PausingTransport {
        PausingTransport(
            database,
            gate: PausingTransport.Gate(
                credentials: BackoffPolicy(first: .seconds(60), longest: .seconds(240)),
                functions: BackoffPolicy(first: .seconds(2), longest: .seconds(8)),
                now: clock.now))
    }

    @Test("A wrong password is tried once a minute, then less often, whoever calls; other callers get the last failure")
    func wrongPassword() async throws {
        let transport = transport()
        database.answer(.failing(.pause, "28P01"))
        for wait in [60, 120, 240, 240] {
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<8 { group.addTask { #expect(await transport.failure(of: .ingest)?.code == "28P01") } }
            }
            #expect(database.takeCalls() == 1)
            clock.advance(by: .seconds(wait - 1))
            let told = await transport.failure(of: .session)
            #expect(told?.code == "28P01" && told?.retryAfter == .seconds(1) && database.takeCalls() == 0)
            clock.advance(by: .seconds(1))
        }
        database.answer(.answering)
        #expect(await transport.failure(of: .session) == nil)
        #expect(await transport.failure(of: .ingest) == nil)
        #expect(database.takeCalls() == 2)
    }

    @Test("A pooler that opens no session is paused like one that refuses the password")
    func pooler() async throws {
        let transport = transport()
        database.answer(.refusingToConnect)
        for _ in 0..<4 { #expect(await transport.failure(of: .ingest)?.code == "08P01") }
        #expect(database.takeCalls() == 1)
        clock.advance(by: .seconds(60))
        #expect(await transport.failure(of: .session)?.code == "08P01")
        #expect(database.takeCalls() == 1)
    }

    @Test("Until the first answer, callers call one after the other")
    func unproven() async throws {
        let transport = transport()
        database.answer(.slow)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { #expect(await transport.failure(of: .ingest) == nil) } }
        }
        #expect(database.mostAtOnceBeforeTheFirstAnswer == 1)
        #expect(database.takeCalls() == 4)
    }

    @Test("A function that cannot be called is paused, and the others are not")
    func missingFunction() async throws {
        let transport = transport()
        database.answer(.failing(.pause, "PGRST202"), to: .sweep)
        #expect(await transport.failure(of: .ingest) == nil)
        for _ in 0..<3 { #expect(await transport.failure(of: .sweep)?.code == "PGRST202") }
        #expect(await transport.failure(of: .ingest) == nil)
        #expect(database.takeCalls() == 3)
        clock.advance(by: .seconds(2))
        database.answer(.answering)
        #expect(await transport.failure(of: .sweep) == nil)
    }

    @Test("A temporary failure causes no pause", arguments: [CallFailure.Disposition.retry, .permanent])
    func passing(disposition: CallFailure.Disposition) async throws {
        let transport = transport()
        database.answer(.failing(disposition, "x"))
        for _ in 0..<5 { #expect(await transport.failure(of: .ingest)?.code == "x") }
        #expect(database.takeCalls() == 5)
    }

    @Test("A caller that waits for the first answer gives up when its own time limit is over")
    func budget() async throws {
        let transport = transport()
        database.answer(.never)
        let first = Task { await transport.failure(of: .ingest, within: .seconds(60)) }
        while database.takeCalls() == 0 { await Task.yield() }
        #expect(await transport.failure(of: .session, within: .milliseconds(20))?.code == "timed out")
        first.cancel()
        _ = await first.value
    }
}

private final class ManualClock: Sendable {
    private let moment = Mutex(ContinuousClock.now)

    @Sendable func now() -> ContinuousClock.Instant { moment.withLock { $0 } }
    func advance(by duration: Duration) { moment.withLock { $0 += duration } }
}

/// Answers in the scripted way, and counts the calls.
private final class ScriptedDatabase: ContractTransport {
    enum Answer: Sendable {
        case answering, slow, never, refusingToConnect
        case failing(CallFailure.Disposition, String)
    }

    private struct State {
        var answer = Answer.answering
        var answers: [ContractFunction: Answer] = [:]
        var calls = 0
        var running = 0
        var mostAtOnce = 0
        var hasAnswered = false
    }

    private let state = Mutex(State())

    func answer(_ answer: Answer, to function: ContractFunction? = nil) {
        state.withLock { state in
            if let function { state.answers[function] = answer } else { (state.answer, state.answers) = (answer, [:]) }
        }
    }

    func takeCalls() -> Int {
        state.withLock { state in
            defer { state.calls = 0 }
            return state.calls
        }
    }

    var mostAtOnceBeforeTheFirstAnswer: Int { state.withLock(\.mostAtOnce) }

    func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        let answer = state.withLock { state in
            state.calls += 1
            state.running += 1
            if !state.hasAnswered { state.mostAtOnce = max(state.mostAtOnce, state.running) }
            return state.answers[function] ?? state.answer
        }
        defer { state.withLock { $0.running -= 1 } }
        switch answer {
        case .answering: break
        case .slow: try? await Task.sleep(for: .milliseconds(30))
        case .never:
            try? await Task.sleep(for: budget)
            throw CallFailure(.retry, code: "timed out", message: "m", isOutcomeUnknown: true)
        case .refusingToConnect:
            var failure = CallFailure(.pause, code: "08P01", message: "no such user")
            failure.isOfConnecting = true
            throw failure
        case .failing(let disposition, let code): throw CallFailure(disposition, code: code, message: "m")
        }
        state.withLock { $0.hasAnswered = true }
        return Array("{}".utf8)
    }

    func shutdown() {}
}

extension PausingTransport {
    fileprivate func failure(of function: ContractFunction, within budget: Duration = .seconds(60)) async -> CallFailure? {
        do throws(CallFailure) {
            _ = try await call(function, Array("{}".utf8), within: budget)
            return nil
        } catch {
            return error
        }
    }
}
