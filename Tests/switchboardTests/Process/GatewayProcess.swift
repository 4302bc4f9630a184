import Foundation
import HTTPTransport
import SwitchboardTesting

/// `switchboard serve` as a process of its own, on a free port of 127.0.0.1.
final class GatewayProcess: Sendable {
    /// `http://127.0.0.1:PORT`.
    let base: String
    private let process: Process
    private let files: ProcessFiles

    /// Starts it in a folder and returns when it listens. With `fileLimit` no file it writes grows beyond so many KiB: a disk that fills up.
    static func start(in folder: String, arguments: [String], fileLimit: Int? = nil, number: Int) async throws -> GatewayProcess {
        let files = try ProcessFiles(folder: folder, name: "gateway-\(number)")
        let process = Process()
        let serve = ["serve", "--port", "0"] + arguments
        if let fileLimit {
            process.executableURL = URL(fileURLWithPath: "/bin/bash")
            let command = "trap '' XFSZ; ulimit -f \(fileLimit); exec \"$@\""
            process.arguments = ["-c", command, "bash", BuiltProgram.executable.path] + serve
        } else {
            process.executableURL = BuiltProgram.executable
            process.arguments = serve
        }
        process.currentDirectoryURL = URL(fileURLWithPath: folder)
        process.environment = [:]
        process.standardInput = FileHandle.nullDevice
        process.standardOutput = files.outputHandle
        process.standardError = files.errorHandle
        try process.spawn()
        do {
            return GatewayProcess(base: try await listening(process, files), process: process, files: files)
        } catch {
            kill(process.processIdentifier, SIGKILL)
            throw error
        }
    }

    private init(base: String, process: Process, files: ProcessFiles) {
        self.base = base
        self.process = process
        self.files = files
    }

    /// The base URL, from the line that says that it listens.
    private static func listening(_ process: Process, _ files: ProcessFiles) async throws -> String {
        try await waiting(for: "a gateway to listen") {
            if let match = files.output.firstMatch(of: /Switchboard listens on (http:\S+)\n/) { return String(match.output.1) }
            guard process.isRunning else { throw ProcessFailure("the gateway ended at its start: \(files.errors)") }
            return nil
        }
    }

    var port: UInt16 { base.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }
    var isRunning: Bool { process.isRunning }

    /// All that it printed so far.
    var output: String { files.output }

    /// All that it logged so far.
    var log: String { files.errors }

    func send(signal: Int32) { kill(process.processIdentifier, signal) }

    /// Asks it to stop and waits until it did; its exit code.
    @discardableResult
    func terminate(by signal: Int32 = SIGTERM) async throws -> Int32 {
        send(signal: signal)
        return try await exitCode()
    }

    /// Waits until it has ended; a process that a signal ended has none.
    func exitCode() async throws -> Int32 {
        try await waiting(for: "a gateway to end") { [process] in
            guard !process.isRunning else { return nil }
            guard process.terminationReason == .exit else {
                throw ProcessFailure("the gateway was ended by signal \(process.terminationStatus)")
            }
            return process.terminationStatus
        }
    }

    /// Ends it as a power cut would, as far as a process can see one, and waits until it is gone.
    func kill9() async throws {
        if process.isRunning { send(signal: SIGKILL) }
        try await waiting(for: "a killed gateway to be gone") { [process] in process.isRunning ? nil : () }
    }
}

/// What went wrong with a process that a test started.
struct ProcessFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// Asks until there is an answer; throws where there is none after half a minute.
func waiting<Value>(for what: String, _ answer: () async throws -> Value?) async throws -> Value {
    let clock = ContinuousClock()
    let deadline = clock.now + .seconds(30)
    while clock.now < deadline {
        if let value = try await answer() { return value }
        try await clock.sleep(for: .milliseconds(5))
    }
    throw ProcessFailure("waited in vain for \(what)")
}

/// The files that take what a process writes; unlike pipes, they never make it wait for a reader.
struct ProcessFiles: Sendable {
    let outputHandle: FileHandle
    let errorHandle: FileHandle
    private let path: String

    init(folder: String, name: String) throws {
        path = "\(folder)/\(name)"
        for suffix in ["out", "err"] { try Data().write(to: URL(fileURLWithPath: "\(path).\(suffix)")) }
        outputHandle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path).out"))
        errorHandle = try FileHandle(forWritingTo: URL(fileURLWithPath: "\(path).err"))
    }

    var output: String { read("out") }
    var errors: String { read("err") }

    private func read(_ suffix: String) -> String {
        String(decoding: FileManager.default.contents(atPath: "\(path).\(suffix)") ?? Data(), as: UTF8.self)
    }
}
