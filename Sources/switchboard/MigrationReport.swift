import Replay
import Supabase

/// Formats the plan of a migration for a terminal.
struct MigrationReport {
    private let plan: MigrationPlan
    private let isColoured: Bool

    init(_ plan: MigrationPlan, isColoured: Bool) {
        self.plan = plan
        self.isColoured = isColoured
    }

    /// One line per change, warning and obstacle, with what to do on the lines below each; a sum at the end.
    var text: String {
        let steps = plan.changes + plan.warnings + plan.obstacles
        let width = (steps.map(\.place.count).max() ?? 0) + 2
        let lines = steps.flatMap { step in
            let place = step.place.printable
            let line = "\(painted(step.kind))\(place)\(String(repeating: " ", count: max(2, width - place.count)))\(step.message.printable)"
            let margin = String(repeating: " ", count: Self.kindWidth + width)
            let below = [step.advice.map { "→ \($0)" }, step.statement].compactMap(\.self) + Self.afterwards(step)
            return [line] + below.map { margin + $0.printable }
        }
        return (lines + (lines.isEmpty ? [] : [""]) + [sum]).joined(separator: "\n")
    }

    /// The statements that restore an object, with their line breaks: they can be run as they are, unless the text says what to edit.
    private static func afterwards(_ step: MigrationStep) -> [String] {
        guard let restoration = step.restoration else { return [] }
        let time = "after the migration\(step.edit.map { "; first rewrite it \($0)" } ?? ""):"
        return [time] + restoration.split(separator: "\n").map { "  \($0)" }
    }

    private static let kindWidth = 10

    private var sum: String {
        let changes = Self.count(plan.changes.count, "change")
        let warnings = plan.warnings.isEmpty ? "" : ", \(Self.count(plan.warnings.count, "warning"))"
        if !plan.obstacles.isEmpty {
            return "\(changes)\(warnings), \(Self.count(plan.obstacles.count, "obstacle")): nothing is changed"
        }
        return plan.changes.isEmpty ? "nothing to change\(warnings)" : "\(changes)\(warnings), no obstacles"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private func painted(_ kind: MigrationStep.Kind) -> String {
        let word = kind.rawValue.padded(to: Self.kindWidth)
        guard isColoured else { return word }
        let colour =
            switch kind {
            case .change: 32
            case .warning: 33
            case .obstacle: 31
            }
        return "\u{1B}[\(colour)m\(word)\u{1B}[0m"
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
}
