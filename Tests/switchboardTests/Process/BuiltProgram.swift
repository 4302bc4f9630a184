import Foundation
import SwitchboardTesting

/// The program that was built with these tests.
enum BuiltProgram {
    struct Outcome: Sendable {
        let exitCode: Int32
        let output: String
        let errors: String
    }

    /// Runs it to its end in a folder.
    static func run(_ arguments: [String], in folder: String = NSTemporaryDirectory()) async throws -> Outcome {
        try await onThread(executable, arguments, in: folder, environment: [:])
    }

    /// What a shell makes of a line.
    static func shell(_ line: String) async throws -> Outcome {
        try await onThread(
            URL(fileURLWithPath: "/bin/sh"), ["-c", line], in: NSTemporaryDirectory(), environment: ["PATH": "/usr/bin:/bin"])
    }

    /// On a thread of its own: who waits for a process must not hold up the other tests.
    private static func onThread(
        _ executable: URL, _ arguments: [String], in folder: String, environment: [String: String]
    ) async throws -> Outcome {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread {
                continuation.resume(with: Result { try run(executable, arguments, in: folder, environment: environment) })
            }
        }
    }

    private static func run(
        _ executable: URL, _ arguments: [String], in folder: String, environment: [String: String]
    ) throws -> Outcome {
        let process = Process()
        let output = Pipe()
        let errors = Pipe()
        process.executableURL = executable
        process.arguments = arguments
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = environment
        process.standardOutput = output
        process.standardError = errors
        try process.spawn()
        // Both are shorter than a pipe holds, so that one after the other cannot block.
        let outputText = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        let errorText = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        process.waitUntilExit()
        return Outcome(exitCode: process.terminationStatus, output: outputText, errors: errorText)
    }

    /// Beside the executable that runs the tests.
    static var executable: URL {
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().appendingPathComponent("switchboard")
    }
}
