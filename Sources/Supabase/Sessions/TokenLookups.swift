import Messaging
import Synchronization

/// Lets a few look-ups of tokens go at a time. Whoever asks about a token that is being looked up shares the answer.
///
/// Tokens that are known here have slots of their own, so that nobody who makes tokens up can take them.
final class TokenLookups<Answer: Sendable>: Sendable {
    /// Whether the token is known here.
    enum Lane: Sendable { case known, unknown }

    /// How many look-ups of a lane may be on their way, and how many more may wait for a slot.
    struct Width: Sendable {
        var inFlight: Int
        var waiting: Int
    }

    /// What became of a question.
    enum Outcome: Sendable {
        case answered(Answer)
        /// Nobody was asked: too many wait, or the slot came too late.
        case full
    }

    private let patience: Duration
    private let state: Mutex<State>

    private enum Turn: Sendable {
        /// The caller asks, for all who come meanwhile.
        case lead
        case follow(Outcome)
        /// Whoever asked was cancelled: somebody else has to.
        case again
    }

    private typealias Waiting = CheckedContinuation<Turn, Never>

    private struct State {
        var followers: [Secret: [Waiting]] = [:]
        var lanes: [Lane: Slots]
    }

    private struct Slots {
        var free: Int
        let mostWaiting: Int
        var waiting: [Waiting] = []
    }

    /// Whoever has waited for a slot for longer than `patience` does without.
    init(known: Width = Width(inFlight: 4, waiting: 256), unknown: Width = Width(inFlight: 2, waiting: 64), patience: Duration) {
        self.patience = patience
        let widths: [Lane: Width] = [.known: known, .unknown: unknown]
        state = Mutex(State(lanes: widths.mapValues { Slots(free: $0.inFlight, mostWaiting: $0.waiting) }))
    }

    /// What `ask` finds out about the token, or what somebody finds out who asks about it already. Nil from `ask` is no answer at all: it was
    /// cancelled with the task that it ran in.
    func answer(to token: Secret, in lane: Lane, _ ask: () async -> Answer?) async -> Outcome {
        while true {
            let start = ContinuousClock.now
            switch await turn(of: token, in: lane) {
            case .follow(let outcome): return outcome
            case .again: continue
            case .lead:
                guard ContinuousClock.now - start <= patience else { return finish(token, in: lane, .full) }
                guard let answer = await ask() else {
                    finish(token, in: lane, nil)
                    return .full
                }
                return finish(token, in: lane, .answered(answer))
            }
        }
    }

    private func turn(of token: Secret, in lane: Lane) async -> Turn {
        await withCheckedContinuation { continuation in
            let turn: Turn? = state.withLock { state in
                if state.followers[token] != nil {
                    state.followers[token]?.append(continuation)
                    return nil
                }
                guard var slots = state.lanes[lane] else { return .follow(.full) }
                defer { state.lanes[lane] = slots }
                if slots.free > 0 {
                    slots.free -= 1
                    state.followers[token] = []
                    return .lead
                }
                guard slots.waiting.count < slots.mostWaiting else { return .follow(.full) }
                slots.waiting.append(continuation)
                state.followers[token] = []
                return nil
            }
            if let turn { continuation.resume(returning: turn) }
        }
    }

    /// Gives the slot to the next, and the outcome to all who wait for it; without one they ask again.
    @discardableResult
    private func finish(_ token: Secret, in lane: Lane, _ outcome: Outcome?) -> Outcome {
        let (followers, next) = state.withLock { state -> ([Waiting], Waiting?) in
            let followers = state.followers.removeValue(forKey: token) ?? []
            guard var slots = state.lanes[lane] else { return (followers, nil) }
            defer { state.lanes[lane] = slots }
            guard !slots.waiting.isEmpty else {
                slots.free += 1
                return (followers, nil)
            }
            return (followers, slots.waiting.removeFirst())
        }
        next?.resume(returning: .lead)
        for follower in followers { follower.resume(returning: outcome.map { .follow($0) } ?? .again) }
        return outcome ?? .full
    }
}
