import AdapterConformance
import FaultyVFS
import Foundation
import SwitchboardTesting

/// Random histories with random faults, compared with the model and with their own course without faults. A history that finds a problem is
/// shortened as far as possible.
struct RandomHistories {
    private(set) var count = 0
    private(set) var steps = 0
    private(set) var failures = 0
    private(set) var findings: [String] = []
    private let isWhole: Bool
    private let share: Share

    /// The name in the summary, where steps are counted as calls.
    static let name = "random-histories"

    init(whole: Bool, share: Share) {
        isWhole = whole
        self.share = share
    }

    /// Runs as many histories as fit into this many seconds.
    mutating func run(_ kinds: [Fault.Kind], seconds: Int) async throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < deadline, findings.count < 5 {
            var generator = HistoryGenerator(
                SeededGenerator("random histories", stream: count * share.count + share.index), kinds)
            let history = generator.history(length: isWhole ? 60 : 30)
            count += 1
            steps += history.count
            guard let finding = await finding(history) else { continue }
            let short = await shrunk(history)
            let reason = await self.finding(short) ?? finding
            findings.append("a random history, shortened:\n\(History.text(short))\n  \(reason)")
        }
    }

    var line: Summary.Line {
        Summary.Line(kind: Self.name, calls: steps, failed: failures, findings: findings.count)
    }

    /// The problem that a history finds; nil if there is none.
    private mutating func finding(_ history: [Step]) async -> String? {
        do {
            let probes = Set(history.indices.filter { history[$0].fault != nil })
            var run = Run(history, probes: probes)
            try await RandomHistories.foretell(history)
            try await run.compare(with: try await run.course())
            failures += run.failures
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Runs the history without faults and probes, and compares it with the model.
    static func foretell(_ history: [Step]) async throws {
        var model = Model()
        let stage = try Stage()
        for (index, step) in history.enumerated() {
            Progress.shared.begin(step)
            stage.begin(step.action)
            let result = try await stage.perform(step.action)
            guard let expected = model.apply(step.action), model.isSure else {
                if model.isSure { continue }
                return
            }
            guard result == expected else {
                throw Finding(
                    index: index, step: step, what: "came to \(result)\n      and the model to \(expected)")
            }
        }
        let (ours, theirs) = (try Model.rows(path: stage.path), model.rows)
        guard ours != theirs, let last = history.last else { return }
        let wrong = ours.filter { !theirs.contains($0) }.prefix(4).map { "        + \($0)" }
        let missing = theirs.filter { !ours.contains($0) }.prefix(4).map { "        - \($0)" }
        throw Finding(
            index: history.count - 1, step: last,
            what: "the file and the model differ:\n\((missing + wrong).joined(separator: "\n"))")
    }

    /// A history with fewer steps and faults that still finds a problem.
    private mutating func shrunk(_ history: [Step]) async -> [Step] {
        var history = history
        var attempts = 0
        var size = max(1, history.count / 2)
        while size >= 1, attempts < 300 {
            // The first step, which opens the file, stays.
            var start = 1
            var isShorter = false
            while start < history.count, attempts < 300 {
                attempts += 1
                var candidate = history
                candidate.removeSubrange(start..<min(start + size, history.count))
                if await finding(candidate) != nil {
                    history = candidate
                    isShorter = true
                } else {
                    start += size
                }
            }
            if size == 1, !isShorter { break }
            size = max(1, size / 2)
        }
        for index in history.indices where history[index].fault != nil {
            var candidate = history
            candidate[index].fault = nil
            if await finding(candidate) != nil { history = candidate }
        }
        return history
    }
}

/// Generates random histories.
struct HistoryGenerator {
    private var random: SeededGenerator
    private let kinds: [Fault.Kind]
    private var ids = 0

    init(_ random: SeededGenerator, _ kinds: [Fault.Kind]) {
        self.random = random
        self.kinds = kinds
    }

    mutating func history(length: Int) -> [Step] {
        // No model predicts what other instances do.
        let isForetold = Bool.random(using: &random)
        return [Step(.reopen)] + (0..<length).map { _ in Step(action(isForetold: isForetold), fault()) }
    }

    private mutating func fault() -> Fault? {
        guard number(4) == 0 else { return nil }
        let kind = kinds.randomElement(using: &random) ?? .write
        let range = kind == .memory ? 400 : 1 << number(6)
        return Fault(kind: kind, n: 1 + number(range), isLasting: Bool.random(using: &random))
    }

    private mutating func action(isForetold: Bool) -> Action {
        let person = number(5)
        switch number(isForetold ? 38 : 48) {
        case 0...5: return .message(id: id(), person: person, sight(isForetold))
        case 6: return .past(id: id(), person: person)
        case 7: return .placeholder(id: id(), person: person)
        case 8, 9: return .mixed(id: id(), person: person)
        case 10...13: return .start(person: person, customer: number(3))
        case 14: return .end(person: person)
        case 15, 16: return .chat(id: id(), person: person)
        case 17: return .advance(seconds: [1, 60, 3600, 50_000, 90_000][number(5)])
        case 18: return .sweep
        case 19: return .status(id: id())
        case 20: return .unreadable(id: id())
        case 21: return .reopen
        case 22: return .carry(limit: 1 + number(200))
        case 23: return .burst(id: fresh(8), count: 8)
        case 24: return .fill(id: fresh(8), count: 8)
        case 25: return .capture(id: fresh(10), count: 10)
        case 26: return number(2) == 0 ? .keep(id: id()) : .settle
        case 27: return number(2) == 0 ? .compress : .prune
        case 28: return [.size, .letters, .readiness][number(3)]
        case 29: return .refused(id: id())
        case 30...34: return seen()
        case 35...37: return becomes()
        case 38...40: return .change(id: id(), person: person)
        case 41: return .endElsewhere(person: person)
        case 42, 43: return .openElsewhere(person: person, isOlder: Bool.random(using: &random))
        case 44: return .mergeElsewhere(person: person)
        case 45: return .draft(person: person, isShared: Bool.random(using: &random))
        case 46: return .meddle(person: person)
        default: return .retake
        }
    }

    /// People with three numbers and three user ids appear at any account.
    private mutating func seen() -> Action {
        let (phone, user) = shown()
        return .seen(id: id(), phone: phone, user: user, account())
    }

    private mutating func becomes() -> Action {
        let (phone, user) = shown()
        let hasNumber = number(3) > 0
        let next = hasNumber ? number(3) : nil
        let nextUser = !hasNumber || Bool.random(using: &random) ? number(3) : nil
        return .becomes(id: id(), phone: phone, user: user, toPhone: next, toUser: nextUser, account())
    }

    /// Shows a number, a user id, or both.
    private mutating func shown() -> (phone: Int?, user: Int?) {
        let what = number(4)
        return (what == 0 ? nil : number(3), what == 1 ? nil : number(3))
    }

    private mutating func account() -> ModelAccount { ModelAccount.allCases.randomElement(using: &random) ?? .main }

    private mutating func sight(_ isForetold: Bool) -> Action.Sight {
        let sights: [Action.Sight] = isForetold ? [.phone, .local, .id, .both] : Action.Sight.allCases
        return sights.randomElement(using: &random) ?? .phone
    }

    /// A new id, or one that was used before.
    private mutating func id() -> Int {
        if ids > 0, number(4) == 0 { return number(ids) }
        return fresh(1)
    }

    private mutating func fresh(_ count: Int) -> Int {
        ids += count
        return ids - count
    }

    private mutating func number(_ bound: Int) -> Int {
        Int.random(in: 0..<max(1, bound), using: &random)
    }
}
