import Relay
import Synchronization

/// A way to the database that is left alone while nothing can come of a call: after an answer that somebody has to do something about, one caller
/// asks again now and then, and all others are told at once what the last answer was.
///
/// Of a wrong password a database hears once a minute at first, then ever more seldom: Supabase bans the address of whoever repeats it. Until the
/// first answer came, callers go one after the other, so that not each of them tries it.
public final class PausingTransport: ContractTransport {
    private let transport: any ContractTransport
    private let gate: Gate

    /// What the ways to one database share: what one of them learns holds for all.
    public final class Gate: Sendable {
        fileprivate let state: Mutex<State>
        fileprivate let now: @Sendable () -> ContinuousClock.Instant

        /// How long the database is left alone after it refused the credentials, and how long a function is that it would not run.
        public init(
            credentials: BackoffPolicy = BackoffPolicy(first: .seconds(60), longest: .seconds(960)),
            functions: BackoffPolicy = .probing,
            now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
        ) {
            self.now = now
            state = Mutex(State(login: Pause(policy: credentials), functions: functions))
        }
    }

    /// What was said last, and when to ask again.
    fileprivate struct Pause {
        let policy: BackoffPolicy
        var failure: CallFailure?
        var failures = 0
        var end = ContinuousClock.Instant.now
        var isTrying = false
    }

    fileprivate struct State {
        var login: Pause
        let functions: BackoffPolicy
        /// Nobody waits for these. A person waits for the others, and `SharedSessions` leaves the database alone for moments by itself.
        static let carrying: Set<ContractFunction> = [.ingest, .sweep]
        var pauses: [ContractFunction: Pause] = [:]
        /// Whether the database ever let anybody in.
        var isProven = false
    }

    fileprivate enum Admission {
        case go(isTrial: Bool)
        case wait
        case refuse(CallFailure)
    }

    /// Calls go to `transport`; ways to the same database share `gate`.
    public init(_ transport: any ContractTransport, gate: Gate) {
        self.transport = transport
        self.gate = gate
    }

    public func call(_ function: ContractFunction, _ argument: [UInt8], within budget: Duration) async throws(CallFailure) -> [UInt8] {
        let deadline = ContinuousClock.now + budget
        let isTrial = try await admission(function, until: deadline)
        do throws(CallFailure) {
            let answer = try await transport.call(function, argument, within: max(.zero, ContinuousClock.now.duration(to: deadline)))
            gate.state.withLock { $0.answered(function) }
            return answer
        } catch {
            gate.state.withLock { $0.failed(function, error, isTrial: isTrial, at: gate.now()) }
            throw error
        }
    }

    public func shutdown() { transport.shutdown() }

    /// Waits while another caller makes the first attempt; throws what the last answer was while the database is left alone.
    private func admission(_ function: ContractFunction, until deadline: ContinuousClock.Instant) async throws(CallFailure) -> Bool {
        while true {
            switch gate.state.withLock({ $0.admission(function, at: gate.now()) }) {
            case .go(let isTrial): return isTrial
            case .refuse(let failure): throw failure
            case .wait:
                guard ContinuousClock.now < deadline, (try? await Task.sleep(for: .milliseconds(5))) != nil else {
                    throw CallFailure(.retry, code: "timed out", message: "the first call of all has no answer yet")
                }
            }
        }
    }
}

extension PausingTransport.State {
    fileprivate mutating func admission(_ function: ContractFunction, at now: ContinuousClock.Instant) -> PausingTransport.Admission {
        if login.failure == nil, !isProven {
            guard !login.isTrying else { return .wait }
            login.isTrying = true
            return .go(isTrial: true)
        }
        if let refusal = login.refusal(at: now) { return .refuse(refusal) }
        let isTrial = login.isTrying
        guard var pause = pauses[function] else { return .go(isTrial: isTrial) }
        defer { pauses[function] = pause }
        if let refusal = pause.refusal(at: now) {
            if isTrial { login.isTrying = false }
            return .refuse(refusal)
        }
        return .go(isTrial: true)
    }

    fileprivate mutating func answered(_ function: ContractFunction) {
        isProven = true
        login = PausingTransport.Pause(policy: login.policy)
        pauses[function] = nil
    }

    fileprivate mutating func failed(
        _ function: ContractFunction, _ failure: CallFailure, isTrial: Bool, at now: ContinuousClock.Instant
    ) {
        if failure.isOfCredentials {
            login.failed(failure, at: now)
        } else if failure.disposition == .pause {
            // It let us in.
            isProven = true
            login = PausingTransport.Pause(policy: login.policy)
            guard Self.carrying.contains(function) else { return }
            var pause = pauses[function] ?? PausingTransport.Pause(policy: functions)
            pause.failed(failure, at: now)
            pauses[function] = pause
        } else if isTrial {
            login.isTrying = false
            pauses[function]?.isTrying = false
            // A refusal of what was in the call came from a database that let us in.
            if failure.disposition != .retry { answered(function) }
        }
    }
}

extension PausingTransport.Pause {
    /// What to tell a caller that may not call now. Of those that come after a pause one calls, and the others are told until it has an answer.
    fileprivate mutating func refusal(at now: ContinuousClock.Instant) -> CallFailure? {
        guard var failure else { return nil }
        guard isTrying || now < end else {
            isTrying = true
            return nil
        }
        failure.retryAfter = max(.milliseconds(100), now.duration(to: end))
        return failure
    }

    fileprivate mutating func failed(_ failure: CallFailure, at now: ContinuousClock.Instant) {
        // Calls that were on their way together count once.
        if isTrying || self.failure == nil || now >= end { failures += 1 }
        self.failure = failure
        isTrying = false
        end = now + policy.delay(afterAttempt: failures, random: 1)
    }
}

extension CallFailure {
    /// Whether the database itself refused user or password, or its pooler did not know them or opened no session for another reason that stays.
    fileprivate var isOfCredentials: Bool {
        status == nil && disposition == .pause && (code.hasPrefix("28") || code == "XX000" || isOfConnecting)
    }
}
