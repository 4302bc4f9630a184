import Messaging
import Synchronization

/// Limits how many lookups of tokens run at a time. Callers that ask about the same token share one lookup.
///
/// Tokens that the journal knows have slots of their own, so that invented tokens cannot occupy them.
final class TokenLookups<Answer: Sendable>: Sendable {
    /// Whether the journal knows the token.
    enum Lane: Sendable { case known, unknown }

    /// How many lookups of a lane may run, and how many more may wait for a slot.
    struct Width: Sendable {
        var inFlight: Int
        var waiting: Int
    }

    /// The result of a lookup.
    enum Outcome: Sendable {
        case answered(Answer)
        /// There was no lookup: too many wait, or no slot became free in time.
        case full
    }

    private let patience: Duration
    private let state: Mutex<State>

    private enum Turn: Sendable {
        /// The caller does the lookup, for all who ask meanwhile.
        case lead
        case follow(Outcome)
        /// The caller that did the lookup was cancelled: another one has to do it.
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

    /// A caller that has waited for a slot longer than `patience` gets none.
    init(known: Width = Width(inFlight: 4, waiting: 256), unknown: Width = Width(inFlight: 2, waiting: 64), patience: Duration) {
        self.patience = patience
        let widths: [Lane: Width] = [.known: known, .unknown: unknown]
        state = Mutex(State(lanes: widths.mapValues { Slots(free: $0.inFlight, mostWaiting: $0.waiting) }))
    }

    /// The result of `ask`, or of the same lookup by another caller that is already running. If `ask` returns nil, it was cancelled with
    /// its task and has no result.
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

    /// Passes the slot to the next caller, and the outcome to all who wait for it; without an outcome they try again.
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
