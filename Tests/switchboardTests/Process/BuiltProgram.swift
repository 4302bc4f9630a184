import Foundation
import SwitchboardTesting

/// The program, as built together with these tests.
enum BuiltProgram {
    struct Outcome: Sendable {
        let exitCode: Int32
        let output: String
        let errors: String
    }

    /// Runs the program in a folder until it ends.
    static func run(
        _ arguments: [String], in folder: String = NSTemporaryDirectory(), environment: [String: String] = [:]
    ) async throws -> Outcome {
        try await outcome(of: executable, arguments, in: folder, environment: environment)
    }

    /// Runs a command in a shell.
    static func shell(_ line: String) async throws -> Outcome {
        try await outcome(of: "/bin/sh", ["-c", line], in: NSTemporaryDirectory(), environment: ["PATH": "/usr/bin:/bin"])
    }

    private static func outcome(
        of executable: String, _ arguments: [String], in folder: String, environment: [String: String] = [:]
    ) async throws -> Outcome {
        let process = try ChildProcess(executable, arguments, in: folder, environment: environment)
        defer { process.removeOutput() }
        guard case .exit(let code) = try await process.ended() else { throw ProcessFailure("\(executable) was ended by a signal") }
        return Outcome(exitCode: code, output: process.output, errors: process.errors)
    }

    /// The program is in the folder of the executable that runs the tests.
    static var executable: String {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("switchboard")
            .path
    }
}
