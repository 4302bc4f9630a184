import HTTPTransport
import Journal
import Messaging
import Synchronization

/// Posts captures to a gateway one by one, and retries while the gateway cannot accept them.
public final class GatewaySink: ReplaySink {
    private let client: ReplayClient
    private let events: CaptureEvents
    private let patience: ReplayPatience
    private let now: TimeSource
    private let clock: ReplayClock
    /// Whether the gateway has ever answered: otherwise it is probably not running, rather than restarting.
    private let hasAnswered = Atomic<Bool>(false)

    /// The number of concurrent captures; with more than one the order is not kept.
    public let width: Int

    /// `now` is the time for which captures are signed; `clock` is the replay's.
    public init(
        _ client: ReplayClient, events: CaptureEvents, concurrency: Int = 1, patience: ReplayPatience = ReplayPatience(),
        now: @escaping TimeSource = { .now }, clock: ReplayClock = ReplayClock()
    ) {
        self.client = client
        self.events = events
        self.patience = patience
        self.now = now
        self.clock = clock
        width = concurrency
    }

    /// A capture that was sent cannot be taken back.
    public var isImmediate: Bool { true }

    /// Sends the captures and waits for the answers.
    public func begin(_ captures: [Capture]) async -> Result<[ReplayOutcome], ReplayError> {
        var outcomes: [ReplayOutcome] = []
        for capture in captures {
            do throws(ReplayError) { outcomes.append(try await outcome(of: capture)) } catch { return .failure(.at(capture.origin, error)) }
        }
        return .success(outcomes)
    }

    /// The gateway's answers. Throws if the gateway accepts nothing for longer than the patience.
    public func finish(_ begun: Result<[ReplayOutcome], ReplayError>) throws -> BatchResult { BatchResult(outcomes: try begun.get()) }

    private func outcome(of capture: Capture) async throws(ReplayError) -> ReplayOutcome {
        if let refusal = unprovable(capture) { return .refused(refusal) }
        if client.signs, let problem = events.problem(capture) { return .problem(problem) }
        do throws(ReplayError) {
            return explained(try await sent(request(capture)), capture)
        } catch {
            // The gateway may accept the next capture.
            guard case .transport(let cause) = error, cause.code == .malformed || cause.code == .tooLarge else { throw error }
            return .problem(CaptureProblem(capture.origin, "this delivery cannot be sent: \(cause)"))
        }
    }

    /// Adds the adapter's reasons for rejected items to an answer in a provider's own format, which only counts them.
    private func explained(_ outcome: ReplayOutcome, _ capture: Capture) -> ReplayOutcome {
        guard case .taken(var counts) = outcome, counts.rejected > 0, counts.reasons.isEmpty else { return outcome }
        counts.reasons = events.rejectionReasons(of: capture, atMost: counts.rejected)
        return .taken(counts)
    }

    /// Sends a request until the gateway accepts or refuses it, patience ends or the replay is stopped.
    private func sent(_ request: HTTPCapture) async throws(ReplayError) -> ReplayOutcome {
        var attempt = 0
        while true {
            attempt += 1
            let result = await answer(to: request)
            guard let delay = wait(after: result, attempt: attempt) else { return try result.get() }
            guard await clock.wait(for: delay) else { return .stopped }
        }
    }

    /// Sends a request once. A temporary refusal is a failure.
    private func answer(to request: HTTPCapture) async -> Result<ReplayOutcome, ReplayError> {
        do throws(ReplayError) {
            let outcome = try await client.send(request, at: now())
            hasAnswered.store(true, ordering: .relaxed)
            guard case .refused(let refusal) = outcome, refusal.isForNow else { return .success(outcome) }
            return .failure(.busy(refusal))
        } catch {
            return .failure(error)
        }
    }

    private func wait(after result: Result<ReplayOutcome, ReplayError>, attempt: Int) -> Duration? {
        switch result {
        case .failure(.busy(let refusal)): patience.wait(afterAttempt: attempt, retryAfter: refusal.retryAfter)
        case .failure(.nothingAnswers), .failure(.unknownHost):
            hasAnswered.load(ordering: .relaxed) ? patience.wait(afterAttempt: attempt, retryAfter: nil) : nil
        case .failure(.transport(let error)) where [.timedOut, .other].contains(error.code):
            patience.wait(afterAttempt: attempt, retryAfter: nil)
        default: nil
        }
    }

    /// The refusal of a capture that was proven by a session's token: it cannot be proven again, since the token is not kept.
    private func unprovable(_ capture: Capture) -> ReplayRefusal? {
        if capture.state == .refused, client.signs {
            return .before(capture, status: 0)
        }
        let isSomebodys = capture.person != nil || capture.delivery.tokenOwner != nil
        guard capture.delivery.hasHiddenToken, capture.isByToken, !client.signs || isSomebodys else { return nil }
        return ReplayRefusal(
            status: 0, detail: "a session token authenticated this delivery, and tokens are not kept: replay it with --into")
    }

    /// The request without a hidden token, which no session has.
    private func request(_ capture: Capture) -> HTTPCapture {
        var request = HTTPCapture(capture.delivery)
        if capture.delivery.hasHiddenToken { request.headers.removeAll { $0.name == SessionToken.header } }
        return request
    }
}

/// How long a replay waits for a gateway that cannot accept anything now.
public struct ReplayPatience: Sendable, Equatable {
    /// The waits after each attempt, unless the gateway asks for one; there is one more attempt than waits.
    public var waits: [Duration]
    /// The replay gives up if the gateway asks for a longer wait.
    public var longest: Duration

    /// By default five attempts within about half a minute.
    public init(waits: [Duration] = [.seconds(1), .seconds(2), .seconds(5), .seconds(10)], longest: Duration = .seconds(60)) {
        self.waits = waits
        self.longest = longest
    }

    /// The wait after this many attempts; nil means to give up. `retryAfter` is what the gateway asked for, in seconds.
    func wait(afterAttempt attempt: Int, retryAfter: Int?) -> Duration? {
        guard attempt <= waits.count else { return nil }
        let asked = retryAfter.map { Duration.seconds(max($0, 0)) } ?? waits[attempt - 1]
        return asked <= longest ? asked : nil
    }
}
