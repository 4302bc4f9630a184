import Relay
import Synchronization

/// A transport that stops calling the database while calls cannot succeed: after a failure that somebody has to fix, one caller probes at
/// intervals, and all others get the last failure at once.
///
/// A wrong password is repeated after a minute at first, then ever less often, since Supabase bans addresses that repeat it. Until the
/// first answer, callers go one after the other, so that not each of them tries the password.
public final class PausingTransport: ContractTransport {
    private let transport: any ContractTransport
    private let gate: Gate

    /// The state that all transports to one database share: what one of them learns holds for all.
    public final class Gate: Sendable {
        fileprivate let state: Mutex<State>
        fileprivate let now: @Sendable () -> ContinuousClock.Instant

        /// The pauses after the database refused the credentials, and after it refused to run a function.
        public init(
            credentials: BackoffPolicy = BackoffPolicy(first: .seconds(60), longest: .seconds(960)),
            functions: BackoffPolicy = .probing,
            now: @escaping @Sendable () -> ContinuousClock.Instant = { .now }
        ) {
            self.now = now
            state = Mutex(State(login: Pause(policy: credentials), functions: functions))
        }
    }

    /// The last failure, and when to probe again.
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
        /// The functions for which nobody waits. For the others a caller waits, and `SharedSessions` has its own short pauses.
        static let carrying: Set<ContractFunction> = [.ingest, .sweep]
        var pauses: [ContractFunction: Pause] = [:]
        /// Whether the database ever accepted the credentials.
        var isProven = false
    }

    fileprivate enum Admission {
        case go(isTrial: Bool)
        case wait
        case refuse(CallFailure)
    }

    /// Passes calls on to `transport`; transports to the same database share `gate`.
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

    /// Waits while another caller makes the first attempt. Throws the last failure during a pause.
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
            // The database accepted the credentials.
            isProven = true
            login = PausingTransport.Pause(policy: login.policy)
            guard Self.carrying.contains(function) else { return }
            var pause = pauses[function] ?? PausingTransport.Pause(policy: functions)
            pause.failed(failure, at: now)
            pauses[function] = pause
        } else if isTrial {
            login.isTrying = false
            pauses[function]?.isTrying = false
            // A call that was refused because of its content reached a database that accepted the credentials.
            if failure.disposition != .retry { answered(function) }
        }
    }
}

extension PausingTransport.Pause {
    /// The failure for a caller that must not call now; nil if it may. After a pause one caller probes, the others fail meanwhile.
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
        // Calls that were in flight at the same time count as one failure.
        if isTrying || self.failure == nil || now >= end { failures += 1 }
        self.failure = failure
        isTrying = false
        end = now + policy.delay(afterAttempt: failures, random: 1)
    }
}

extension CallFailure {
    /// Whether the database refused user or password, or its pooler did not know them or opened no session for another lasting reason.
    fileprivate var isOfCredentials: Bool {
        status == nil && disposition == .pause && (code.hasPrefix("28") || code == "XX000" || isOfConnecting)
    }
}
