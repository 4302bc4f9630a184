import Replay
import Supabase

/// The plan of a migration as a terminal shows it.
struct MigrationReport {
    private let plan: MigrationPlan
    private let isColoured: Bool

    init(_ plan: MigrationPlan, isColoured: Bool) {
        self.plan = plan
        self.isColoured = isColoured
    }

    /// A line a change, then a line an obstacle with what to do in the lines below it; a sum at the end.
    var text: String {
        let steps = plan.changes + plan.obstacles
        let width = (steps.map(\.place.count).max() ?? 0) + 2
        let lines = steps.flatMap { step in
            let place = step.place.printable
            let line = "\(painted(step.kind))\(place)\(String(repeating: " ", count: max(2, width - place.count)))\(step.message.printable)"
            let margin = String(repeating: " ", count: Self.kindWidth + width)
            return [line] + [step.advice.map { "→ \($0)" }, step.statement].compactMap(\.self).map { margin + $0.printable }
        }
        return (lines + (lines.isEmpty ? [] : [""]) + [sum]).joined(separator: "\n")
    }

    private static let kindWidth = 10

    private var sum: String {
        let changes = Self.count(plan.changes.count, "change")
        if !plan.obstacles.isEmpty { return "\(changes), \(Self.count(plan.obstacles.count, "obstacle")): nothing is changed" }
        return plan.changes.isEmpty ? "nothing to change" : "\(changes), nothing stands in the way"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private func painted(_ kind: MigrationStep.Kind) -> String {
        let word = kind.rawValue.padded(to: Self.kindWidth)
        guard isColoured else { return word }
        return "\u{1B}[\(kind == .obstacle ? 31 : 32)m\(word)\u{1B}[0m"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
