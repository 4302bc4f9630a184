import Foundation
import Journal
import Messaging
import Replay

/// What a replay prints while it runs: lines on standard output, a progress bar and, unless all is JSON, problems on standard error. Keeps its
/// checkpoint in a file.
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

    /// Without sizes there is no bar. The replay begins at the position of the checkpoint; without a path its file is left alone.
    init(asJSON: Bool, sizes: SourceSizes?, checkpoint: ReplayCheckpoint, path: String?) {
        self.asJSON = asJSON
        self.sizes = sizes
        self.checkpoint = CheckpointFile(checkpoint, path: path)
        report = DifferenceReport(isColoured: Terminal.isColoured(STDOUT_FILENO))
        start = sizes?.fraction(at: checkpoint.position)
    }

    /// Prints what has to be told of a note.
    func tell(_ note: ReplayNote) {
        switch note {
        case .outcome(let outcome, let capture):
            live.count(outcome)
            if case .problem(let problem) = outcome {
                erase()
                guard !asJSON else { return line(ReplayReport.line(for: problem.origin.description, outcome, asJSON: true)) }
                VerbExit.tell(problem.description.printable)
            } else if let capture, isTold(capture, outcome) {
                line(ReplayReport.line(for: capture.origin.description, outcome, asJSON: asJSON))
            }
        case .difference(let difference): line(asJSON ? report.json(difference) : report.text(difference))
        case .reached(let position):
            checkpoint.reached(position)
            draw(at: position)
        }
    }

    /// Takes the bar away and leaves the checkpoint as the replay ended; true where one was kept.
    func finish(isComplete: Bool) -> Bool {
        erase()
        return checkpoint.finish(isComplete: isComplete)
    }

    /// A file has a line of its own, and so has everything that was not taken.
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

/// What standard output or standard error are connected to.
enum Terminal {
    /// Whether a person reads it.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether colours are wanted (no-color.org).
    static func isColoured(_ descriptor: Int32) -> Bool {
        isTerminal(descriptor) && (ProcessInfo.processInfo.environment["NO_COLOR"] ?? "").isEmpty
    }

    /// Columns; 80 where nobody knows.
    static func width(_ descriptor: Int32) -> Int {
        var size = winsize()
        return ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0 ? Int(size.ws_col) : 80
    }
}
