import Foundation
import SwitchboardTesting
import Testing

/// The loops run in a separate process, since they make memory and files fail for every SQLite connection of the process. `make faults`
/// runs all of them. The seed is fixed unless another one is set.
@Suite("System calls that fail")
struct FaultLoopTests {
    @Test("Whatever fails: acknowledged items are stored once, refused ones are not, memory equals the file, and the next write succeeds")
    func sample() async throws { try await run(["--seconds", "4", "--histories", "2"]) }

    @Test("Whichever sync fails, once or permanently, a power cut loses nothing that was acknowledged before or after")
    func syncs() async throws { try await run(["--whole", "--share", "0/1", "--kind", "sync", "--histories", "0"]) }

    @Test("If no sync works while a journal is created or opened, nothing that is acknowledged later is lost", arguments: 1...14)
    func opening(n: Int) async throws {
        try await replay(["reopen ! sync \(n) lasting", "message 1 0 phone", "message 2 1 id"])
    }

    @Test("If a rollback runs out of memory, the next write succeeds once there is memory")
    func rollback() async throws {
        try await replay(["reopen"] + (3...40).map { "message \($0) \($0 % 4) phone ! memory \($0) lasting" })
    }

    private func replay(_ steps: [String]) async throws {
        let folder = try TemporaryFolder()
        let history = "\(folder.path)/history"
        try Data(steps.joined(separator: "\n").utf8).write(to: URL(fileURLWithPath: history))
        try await run(["--replay", history])
    }

    private func run(_ arguments: [String]) async throws {
        let folder = try TemporaryFolder()
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("journal-faults").path
        let seed = ProcessInfo.processInfo.environment["SWITCHBOARD_SEED"] ?? "1"
        let process = try ChildProcess(
            program, arguments, in: folder.path, environment: ["SWITCHBOARD_SEED": seed, "TMPDIR": folder.path])
        let end = try await waiting(for: "the loops to end", seconds: 1800) { process.end }
        #expect(end == .exit(code: 0), "SWITCHBOARD_SEED=\(seed)\n\(process.output)\n\(process.errors)")
    }
}
