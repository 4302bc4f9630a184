import Foundation
import HTTPTransport
import SwitchboardTesting

/// `switchboard serve` as a process of its own, on a free port of 127.0.0.1.
final class GatewayProcess: Sendable {
    /// `http://127.0.0.1:PORT`.
    let base: String
    private let process: ChildProcess

    /// Starts it in a folder and returns when it listens. With `fileLimit` no file it writes grows beyond so many KiB: a disk that fills up.
    /// With `descriptorLimit` it may open so many files and connections. `setup` is a line of the shell that becomes the gateway.
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

    /// The base URL, from the line that says that it listens.
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

    /// All that it printed so far.
    var output: String { process.output }

    /// All that it logged so far.
    var log: String { process.errors }

    func send(signal: Int32) { process.send(signal: signal) }

    /// Asks it to stop and waits until it did; its exit code.
    @discardableResult
    func terminate(by signal: Int32 = SIGTERM) async throws -> Int32 {
        send(signal: signal)
        return try await exitCode()
    }

    /// Waits until it has ended; a process that a signal ended has none.
    func exitCode() async throws -> Int32 {
        switch try await process.ended() {
        case .exit(let code): return code
        case .signal(let signal): throw ProcessFailure("the gateway was ended by signal \(signal)")
        }
    }

    /// Ends it as a power cut would, as far as a process can see one, and waits until it is gone.
    func kill9() async throws {
        send(signal: SIGKILL)
        try await process.ended()
    }
}
