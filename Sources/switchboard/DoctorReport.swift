import Foundation
import Messaging
import Replay
import Supabase

/// Formats findings for a terminal.
struct DoctorReport {
    private let findings: [Finding]
    private let isColoured: Bool

    init(_ findings: [Finding], isColoured: Bool) {
        self.findings = findings
        self.isColoured = isColoured
    }

    /// True on a terminal, unless NO_COLOR is set and not empty (no-color.org, 2026-11-24).
    static func isColoured(_ environment: [String: String]) -> Bool {
        isatty(STDOUT_FILENO) == 1 && (environment["NO_COLOR"] ?? "").isEmpty && environment["TERM"] != "dumb"
    }

    /// One line per finding, its advice on the next line; a sum at the end.
    var text: String {
        let width = (findings.map(\.check.count).max() ?? 0) + 2
        let lines = findings.flatMap { finding in
            let check = finding.check + String(repeating: " ", count: width - finding.check.count)
            let line = "\(painted(finding.level))\(check)\(finding.message.printable)"
            return [line] + (finding.advice.map { [String(repeating: " ", count: width + 6) + "→ \($0.printable)"] } ?? [])
        }
        return (lines + ["", sum]).joined(separator: "\n")
    }

    private var sum: String {
        let failed = findings.count { $0.level == .fail }
        let warned = findings.count { $0.level == .warn }
        if failed > 0 { return "\(Self.count(failed, "error"))\(warned > 0 ? ", \(Self.count(warned, "warning"))" : "")" }
        return warned > 0 ? "no errors, \(Self.count(warned, "warning"))" : "all is well"
    }

    private static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    private func painted(_ level: Finding.Level) -> String {
        let word = level.rawValue + String(repeating: " ", count: 6 - level.rawValue.count)
        guard isColoured else { return word }
        let colour = [Finding.Level.ok: 32, .warn: 33, .fail: 31][level] ?? 0
        return "\u{1B}[\(colour)m\(word)\u{1B}[0m"
    }
}
