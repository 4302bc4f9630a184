import HTTPTransport
import Journal
import Messaging
import Synchronization

/// How long a replay waits for a gateway that cannot take anything now.
public struct ReplayPatience: Sendable, Equatable {
    /// Waits after each attempt where the gateway names none; one attempt more than there are waits.
    public var waits: [Duration]
    /// A gateway that asks for more is not waited for.
    public var longest: Duration

    /// Five attempts within about half a minute, unless told.
    public init(waits: [Duration] = [.seconds(1), .seconds(2), .seconds(5), .seconds(10)], longest: Duration = .seconds(60)) {
        self.waits = waits
        self.longest = longest
    }

    /// How long to wait after this many attempts; nil gives up. `retryAfter` is what the gateway asked for, in seconds.
    func wait(afterAttempt attempt: Int, retryAfter: Int?) -> Duration? {
        guard attempt <= waits.count else { return nil }
        let asked = retryAfter.map { Duration.seconds(max($0, 0)) } ?? waits[attempt - 1]
        return asked <= longest ? asked : nil
    }
}

/// Whether a gateway answered once.
final class Answered: Sendable {
    private let value = Atomic<Bool>(false)

    var isTrue: Bool { value.load(ordering: .relaxed) }
    func set() { value.store(true, ordering: .relaxed) }
}

extension ReplayClient {
    /// Sends a capture, again and again where the gateway cannot take it now, until patience or the replay ends.
    func sendPatiently(
        _ capture: SourcedCapture, events: CaptureEvents, now: TimeSource, isStopped: @Sendable () -> Bool
    ) async -> SendingResult {
        if let reason = unprovable(capture) { return .answered(.refused(reason)) }
        if signer != nil, let problem = events.problem(capture) { return .problem(problem) }
        var attempt = 0
        while true {
            attempt += 1
            let result = await attempted(request(capture), at: now())
            guard let delay = wait(after: result, attempt: attempt) else { return result.final }
            guard await sleep(delay, isStopped) else { return .stopped }
        }
    }

    /// What a session's token proved cannot be proven again: the token is not kept.
    private func unprovable(_ capture: SourcedCapture) -> ReplayRefusal? {
        if capture.line.state == .refused, signer != nil {
            let was = capture.line.refusal.map { ": \($0)" } ?? ""
            return ReplayRefusal(status: 0, detail: "it was refused when it was received\(was)")
        }
        guard capture.delivery.hasHiddenToken, capture.isByToken, signer == nil || capture.line.person != nil else { return nil }
        return ReplayRefusal(status: 0, detail: "a session's token proved it, which is not kept: replay it with --into")
    }

    /// Without a hidden token, which would be one that nobody has.
    private func request(_ capture: SourcedCapture) -> HTTPCapture {
        var request = HTTPCapture(capture.delivery)
        if capture.delivery.hasHiddenToken { request.headers.removeAll { $0.name == SessionToken.header } }
        return request
    }

    private func attempted(_ request: HTTPCapture, at now: Instant) async -> Attempt {
        do throws(ReplayError) {
            let outcome = try await send(request, at: now)
            hasAnswered.set()
            return .answered(outcome)
        } catch {
            return .failed(error)
        }
    }

    private func wait(after result: Attempt, attempt: Int) -> Duration? {
        switch result {
        case .answered(.refused(let refusal)) where refusal.isForNow: patience.wait(afterAttempt: attempt, retryAfter: refusal.retryAfter)
        case .failed(.nothingAnswers) where hasAnswered.isTrue: patience.wait(afterAttempt: attempt, retryAfter: nil)
        case .failed(.transport(let error)) where [.timedOut, .other].contains(error.code):
            patience.wait(afterAttempt: attempt, retryAfter: nil)
        default: nil
        }
    }

    private func sleep(_ delay: Duration, _ isStopped: @Sendable () -> Bool) async -> Bool {
        let end = ContinuousClock.now + delay
        while !isStopped() {
            let left = end - ContinuousClock.now
            guard left > .zero else { return true }
            do { try await Task.sleep(for: min(left, .milliseconds(100))) } catch { return false }
        }
        return false
    }

    private enum Attempt {
        case answered(ReplayOutcome)
        case failed(ReplayError)

        var final: SendingResult {
            switch self {
            case .answered(.refused(let refusal)) where refusal.isForNow: .failed(.busy(refusal))
            case .answered(let outcome): .answered(outcome)
            case .failed(let error): .failed(error)
            }
        }
    }
}
