import Foundation
import SwitchboardTesting
import Testing

/// The loops run in a process of their own: they fail the memory and the files of every SQLite connection there. `make faults` runs all of
/// them, this a sample, without faults of memory, which GRDB's assertions do not survive. The seed is always the same one unless another is
/// given.
@Suite("Calls of the system that fail")
struct FaultLoopTests {
    @Test("Whatever fails: acknowledged is stored once, refused is not stored, memory is what the file says, and the next write succeeds")
    func sample() async throws {
        let folder = try TemporaryFolder()
        let program = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
            .appendingPathComponent("journal-faults").path
        let seed = ProcessInfo.processInfo.environment["SWITCHBOARD_SEED"] ?? "1"
        let process = try ChildProcess(
            program, ["--seconds", "4", "--histories", "2"], in: folder.path,
            environment: ["SWITCHBOARD_SEED": seed, "TMPDIR": folder.path])
        let end = try await waiting(for: "the loops to end", seconds: 300) { process.end }
        #expect(end == .exit(code: 0), "SWITCHBOARD_SEED=\(seed)\n\(process.output)\n\(process.errors)")
    }
}
