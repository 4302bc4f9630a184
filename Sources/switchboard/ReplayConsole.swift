import Foundation
import Journal
import Messaging
import Replay

/// The output of a replay: lines on standard output, a progress bar, and, unless the output is JSON, problems on standard error. Also
/// writes the checkpoint file.
final class ReplayConsole {
    private let asJSON: Bool
    private let sizes: SourceSizes?
    private let report: DifferenceReport
    private var checkpoint: CheckpointFile
    private let started = ContinuousClock.now
    private var lastDraw = ContinuousClock.now
    private var isDrawn = false
    private var live = ReplaySummary()
    private var start: Double?
    /// The accounts of deliveries that were answered 401 although they were signed: `chat/main`.
    private(set) var unauthenticated: Set<String> = []
    /// How many deliveries were answered 401 that have a session's token in the place of a signature.
    private(set) var unknownTokens = 0
    /// How often each problem has occurred, whatever its location.
    private var problems: [String: Int] = [:]

    /// The most problems of one kind that are printed.
    private static let mostOfAKind = 5
    private static let mostKinds = 1000

    /// Without sizes there is no bar. The replay begins at the checkpoint's position; without a path no checkpoint file is written.
    init(asJSON: Bool, sizes: SourceSizes?, checkpoint: ReplayCheckpoint, path: String?) {
        self.asJSON = asJSON
        self.sizes = sizes
        self.checkpoint = CheckpointFile(checkpoint, path: path)
        report = DifferenceReport(isColoured: Terminal.isColoured(STDOUT_FILENO))
        start = sizes?.fraction(at: checkpoint.position)
    }

    /// Prints a note, if it is to be shown.
    func tell(_ note: ReplayNote) {
        switch note {
        case .outcome(let outcome, let capture):
            live.count(outcome)
            if case .refused(let refusal) = outcome, refusal.status == 401, let delivery = capture?.delivery {
                if delivery.header(SessionToken.header) == nil {
                    unauthenticated.insert("\(delivery.adapter)/\(delivery.account)")
                } else {
                    unknownTokens += 1
                }
            }
            if case .problem(let problem) = outcome {
                erase()
                guard !asJSON else { return line(ReplayReport.line(for: problem.origin.description, outcome, asJSON: true)) }
                tell(problem)
            } else if let capture, isTold(capture, outcome) {
                line(ReplayReport.line(for: capture.origin.description, outcome, asJSON: asJSON))
            }
        case .difference(let difference): line(asJSON ? report.json(difference) : report.text(difference))
        case .reached(let position):
            checkpoint.reached(position)
            draw(at: position)
        }
    }

    /// Prints a problem, unless it is the same as several before.
    private func tell(_ problem: CaptureProblem) {
        let count = problems[problem.reason, default: 0] + 1
        if count > 1 || problems.count < Self.mostKinds { problems[problem.reason] = count }
        if count <= Self.mostOfAKind { VerbExit.tell(problem.description.printable) }
    }

    /// Removes the bar, prints how many problems were not printed, and writes the final checkpoint; returns true if one remains.
    func finish(isComplete: Bool) -> Bool {
        erase()
        for (reason, count) in problems.sorted(by: { $0.key < $1.key }) where count > Self.mostOfAKind {
            VerbExit.tell("\(count - Self.mostOfAKind) more: \(reason)".printable)
        }
        return checkpoint.finish(isComplete: isComplete)
    }

    /// Whether a capture gets a line: a file of its own does, and so does everything that was not accepted.
    private func isTold(_ capture: Capture, _ outcome: ReplayOutcome) -> Bool {
        guard sizes == nil || !outcome.isSuccess else { return false }
        return capture.origin.location == .whole || !outcome.isSuccess
    }

    private func line(_ text: String) {
        erase()
        print(text)
    }

    private func draw(at position: ReplayPosition) {
        guard let sizes, ContinuousClock.now - lastDraw > .milliseconds(200) else { return }
        lastDraw = .now
        let bar = ProgressLine(
            width: Terminal.width(STDERR_FILENO) - 1, done: max(live.deliveries, position.point.count),
            fraction: sizes.fraction(at: position),
            startFraction: start ?? 0, elapsed: .now - started, summary: live)
        write("\r\u{1B}[K\(bar.text)")
        isDrawn = true
    }

    private func erase() {
        if isDrawn { write("\r\u{1B}[K") }
        isDrawn = false
    }

    private func write(_ text: String) { try? FileHandle.standardError.write(contentsOf: Data(text.utf8)) }
}

/// Properties of standard output and standard error.
enum Terminal {
    /// Whether the descriptor is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether to use colours (no-color.org).
    static func isColoured(_ descriptor: Int32) -> Bool {
        isTerminal(descriptor) && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// The number of columns; 80 if unknown.
    static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}
