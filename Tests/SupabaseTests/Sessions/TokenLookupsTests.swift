import Messaging
import SwitchboardTesting
import Synchronization
import Testing

@testable import Supabase

@Suite("Lookups of tokens")
struct TokenLookupsTests {
    private typealias Lookups = TokenLookups<Int>
    private let desk = Desk()

    private func lookups(known: Int = 4, unknown: Int = 2, waiting: Int = 3, patience: Duration = .seconds(60)) -> TokenLookups<Int> {
        TokenLookups(
            known: .init(inFlight: known, waiting: waiting), unknown: .init(inFlight: unknown, waiting: waiting), patience: patience)
    }

    @Test("Callers that ask about the same token share one lookup and get the same answer")
    func shared() async {
        let lookups = lookups(unknown: 1)
        let answers = await withTaskGroup(of: Int?.self) { group in
            for _ in 0..<100 { group.addTask { await lookups.answer(to: Secret("one"), in: .unknown) { await desk.ask() }.value } }
            await desk.open(after: 1)
            return await group.reduce(into: []) { $0.append($1) }
        }
        // Callers who came after the answer shared another lookup.
        #expect(answers.count == 100 && answers.allSatisfy { $0 != nil })
        #expect(desk.asked <= 100 && desk.most == 1)
    }

    @Test("Of many tokens only a few are looked up at a time, some wait, and the others are refused at once")
    func narrow() async {
        let lookups = lookups()
        await withTaskGroup(of: Int?.self) { group in
            for number in 0..<500 {
                group.addTask { await lookups.answer(to: Secret("\(number)"), in: .unknown) { await desk.ask() }.value }
            }
            var refused = 0
            // Two lookups are in progress and three wait. All others are refused before the first answer.
            while refused < 495, let answer = await group.next() { refused += answer == nil ? 1 : 0 }
            #expect(refused == 495 && desk.asked == 2)
            await desk.open(after: 2)
            let answered = await group.reduce(0) { $0 + ($1 == nil ? 0 : 1) }
            #expect(answered == 5)
        }
        #expect(desk.asked == 5 && desk.most <= 2)
    }

    @Test("Unknown tokens take no slots of known ones")
    func lanes() async {
        let lookups = lookups()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<2 { group.addTask { _ = await lookups.answer(to: Secret("\(number)"), in: .unknown) { await desk.ask() } } }
            await desk.waits(for: 2)
            #expect(await lookups.answer(to: Secret("known"), in: .known) { 7 }.value == 7)
            await desk.open(after: 2)
        }
    }

    @Test("If the caller that does the lookup is cancelled, another caller does it")
    func cancelled() async {
        let lookups = lookups()
        await withTaskGroup(of: Int?.self) { group in
            let leader = desk
            group.addTask {
                await lookups.answer(to: Secret("one"), in: .unknown) {
                    _ = await leader.ask()
                    return nil
                }.value
            }
            await desk.waits(for: 1)
            group.addTask { await lookups.answer(to: Secret("one"), in: .unknown) { 7 }.value }
            await desk.open(after: 1)
            let answers = await group.reduce(into: [Int?]()) { $0.append($1) }
            #expect(answers.contains(7) && answers.contains(nil))
        }
        #expect(await lookups.answer(to: Secret("one"), in: .unknown) { 8 }.value == 8)
    }

    @Test("A caller that has waited too long for a slot continues without an answer, and releases the slot")
    func impatient() async {
        let lookups = lookups(unknown: 1, patience: .nanoseconds(1))
        await withTaskGroup(of: Int?.self) { group in
            group.addTask { await lookups.answer(to: Secret("late"), in: .unknown) { await desk.ask() }.value }
            #expect(await group.next() == .some(nil))
        }
        #expect(desk.asked == 0)
        #expect(await lookups.answer(to: Secret("late"), in: .unknown) { 1 }.value == nil)
    }
}

extension TokenLookups.Outcome {
    fileprivate var value: Answer? { if case .answered(let answer) = self { answer } else { nil } }
}

/// A database that does not answer until it is opened, and counts the calls.
private final class Desk: Sendable {
    private let state = Mutex(State())

    private struct State {
        var asked = 0
        var inFlight = 0
        var most = 0
        var isOpen = false
    }

    var asked: Int { state.withLock(\.asked) }
    var most: Int { state.withLock(\.most) }

    func ask() async -> Int {
        state.withLock { state in
            state.asked += 1
            state.inFlight += 1
            state.most = max(state.most, state.inFlight)
        }
        while !state.withLock(\.isOpen) { await Task.yield() }
        return state.withLock { state in
            state.inFlight -= 1
            return state.asked
        }
    }

    func waits(for count: Int) async {
        while asked < count { await Task.yield() }
    }

    func open(after count: Int) async {
        await waits(for: count)
        state.withLock { $0.isOpen = true }
    }
}
