import Foundation
import HTTPTransport
import SwitchboardTesting

/// `switchboard serve` as a separate process, on a free port of 127.0.0.1.
final class GatewayProcess: Sendable {
    /// `http://127.0.0.1:PORT`.
    let base: String
    private let process: ChildProcess

    /// Starts a gateway in a folder, and returns when it listens. With `fileLimit` none of its files can grow beyond this many KiB, like on
    /// a full disk. With `descriptorLimit` it can have this many files and connections open. `setup` is a shell command that ends by
    /// becoming the gateway.
    static func start(
        in folder: String, arguments: [String], fileLimit: Int? = nil, descriptorLimit: Int? = nil, setup: String? = nil, number: Int
    ) async throws -> GatewayProcess {
        var command = [BuiltProgram.executable, "serve", "--port", "0"] + arguments
        let limits = [fileLimit.map { "trap '' XFSZ; ulimit -f \($0)" }, descriptorLimit.map { "ulimit -n \($0)" }, setup]
        let lines = limits.compactMap(\.self).joined(separator: "; ")
        if !lines.isEmpty { command = ["/bin/bash", "-c", "\(lines); exec \"$@\"", "bash"] + command }
        let process = try ChildProcess(command[0], Array(command.dropFirst()), in: folder, name: "gateway-\(number)")
        do {
            return GatewayProcess(base: try await listening(process), process: process)
        } catch {
            process.send(signal: SIGKILL)
            throw error
        }
    }

    private init(base: String, process: ChildProcess) {
        self.base = base
        self.process = process
    }

    /// The base URL, from the line that the gateway prints when it listens.
    private static func listening(_ process: ChildProcess) async throws -> String {
        try await waiting(for: "a gateway to listen") {
            if let match = process.output.firstMatch(of: /Switchboard listens on (https?:\S+)\n/) { return String(match.output.1) }
            guard process.isRunning else { throw ProcessFailure("the gateway ended at its start: \(process.errors)") }
            return nil
        }
    }

    var port: UInt16 { base.split(separator: ":").last.flatMap { UInt16($0) } ?? 0 }
    var id: Int32 { process.id }
    var isRunning: Bool { process.isRunning }

    /// Its output so far.
    var output: String { process.output }

    /// Its log so far.
    var log: String { process.errors }

    func send(signal: Int32) { process.send(signal: signal) }

    /// Sends a signal and waits until the process ends; returns its exit code.
    @discardableResult
    func terminate(by signal: Int32 = SIGTERM) async throws -> Int32 {
        send(signal: signal)
        return try await exitCode()
    }

    /// Waits until the process has ended; throws if a signal ended it.
    func exitCode() async throws -> Int32 {
        switch try await process.ended() {
        case .exit(let code): return code
        case .signal(let signal): throw ProcessFailure("the gateway was ended by signal \(signal)")
        }
    }

    /// Kills the process with SIGKILL, and waits until it has ended.
    func kill9() async throws {
        send(signal: SIGKILL)
        try await process.ended()
    }
}
