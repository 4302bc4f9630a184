import AdapterConformance
import ArgumentParser
import FaultyVFS
import Foundation
import SwitchboardTesting

@main
struct JournalFaults: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal-faults",
        abstract:
            "Fails what a journal asks of the system, call by call, and looks whether it keeps its promises."
    )

    @Flag(help: "Every call of the scripted life rather than a sample.")
    var whole = false

    @Option(help: "Seconds for the sample.")
    var seconds = 10

    @Option(help: "Only this kind of fault; may be repeated.")
    var kind: [String] = []

    @Option(help: "Seconds for random histories after the scripted life.")
    var histories = 5

    @Option(help: "A history from a file, a step a line, instead.")
    var replay: String?

    @Option(
        help: ArgumentHelp("Which part of the work this process does, as 0/2.", visibility: .hidden))
    var share: String?

    func run() async throws {
        let code = faulty_install()
        guard code == 0 else { throw Failure("SQLite does not take the VFS: \(code)") }
        Progress.shared.watch()
        if let replay { return try await run(replay) }
        if whole, share == nil {
            return try await runShares(of: 3 * ProcessInfo.processInfo.activeProcessorCount)
        }
        let numbers = share?.split(separator: "/").compactMap { Int($0) } ?? [0, 1]
        guard numbers.count == 2, numbers[1] > 0 else { throw ValidationError("a share is like 0/2") }
        let (summary, findings) = try await run(Share(index: numbers[0], count: numbers[1]))
        try report(summary, findings)
    }

    private func run(_ share: Share) async throws -> (Summary, findings: [String]) {
        let kinds =
            try kind.isEmpty
            ? Fault.Kind.allCases.filter { whole || $0 != .memory }
            : kind.map { word in
                guard let kind = Fault.Kind(rawValue: word) else {
                    throw ValidationError("\(word) is no kind of fault")
                }
                return kind
            }
        var loops = try FaultLoops(seconds: whole ? nil : seconds, share: share)
        try await loops.run(kinds)
        var random = RandomHistories(whole: whole, share: share)
        try await random.run(kinds, seconds: histories)
        var summary = loops.summary
        summary.lines.append(random.line)
        return (summary, loops.findings + random.findings)
    }

    /// Runs several processes, since faults apply to a whole process; more than there are cores, since they often wait for locks.
    private func runShares(of count: Int) async throws {
        let folder = try TemporaryFolder()
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().path
        let processes = try (0..<count).map { index in
            try ChildProcess(
                program,
                ["--whole", "--histories", "\(histories)", "--share", "\(index)/\(count)"]
                    + kind.flatMap { ["--kind", $0] },
                in: folder.path,
                environment: ["SWITCHBOARD_SEED": "\(SeededGenerator.runSeed)", "TMPDIR": folder.path])
        }
        var summary = Summary()
        var findings: [String] = []
        for process in processes {
            let end = try await waiting(for: "a share of the work", seconds: 3 * 3600) { process.end }
            for line in process.output.split(separator: "\n") where !summary.add(line) {
                findings.append(String(line))
            }
            if end != .exit(code: 0) { findings.append("a process ended by \(end): \(process.errors)") }
        }
        try report(
            summary, findings.filter { !$0.hasPrefix("kind ") && !$0.hasPrefix("Random numbers") })
    }

    private func report(_ summary: Summary, _ findings: [String]) throws {
        print(summary.table)
        for finding in findings { print(finding) }
        if !findings.isEmpty { throw ExitCode(1) }
    }

    private func run(_ path: String) async throws {
        let steps = try History.parse(String(contentsOfFile: path, encoding: .utf8))
        let probes = Set(steps.indices.filter { steps[$0].fault != nil })
        let course = try await Run(steps, probes: probes).course()
        for (step, result) in zip(steps, course.results) { print("\(step): \(result)") }
        var run = Run(steps, probes: probes)
        do { try await run.compare(with: course) } catch let finding as Finding {
            print(finding)
            throw ExitCode(1)
        }
        print("It holds; \(run.failures) calls failed.")
    }
}
