import Foundation
import Synchronization

/// A program that a test has started, with its output in two files.
/// It uses `posix_spawn` directly: Foundation's `Process` iterates over all open descriptors before it starts a program, and has crashed
/// there while other tests opened and closed theirs.
public final class ChildProcess: Sendable {
    /// How a program ended.
    public enum End: Sendable, Equatable {
        case exit(code: Int32)
        case signal(Int32)
    }

    /// The process id.
    public let id: pid_t
    private let outputPath: String
    private let errorPath: String
    private let reaped = Mutex<End?>(nil)

    /// Starts the program in a folder, in which `name.out` and `name.err` receive its output. It has no input, and only the given
    /// environment and a sanitizer's variables, so that an installed gateway on this machine has no influence. Throws if the program cannot
    /// be started.
    public init(
        _ executable: String, _ arguments: [String], in folder: String, environment: [String: String] = [:],
        name: String = UUID().uuidString
    ) throws {
        outputPath = "\(folder)/\(name).out"
        errorPath = "\(folder)/\(name).err"
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_addopen(&actions, 1, outputPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        posix_spawn_file_actions_addopen(&actions, 2, errorPath, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        let sanitizers = ProcessInfo.processInfo.environment.filter { ["ASAN_OPTIONS", "TSAN_OPTIONS"].contains($0.key) }
        let own = ["CONFIGURATION_DIRECTORY": "/nonexistent"].merging(sanitizers) { $1 }
        let variables = own.merging(environment) { $1 }.map { "\($0)=\($1)" }
        id = try Self.spawn("/usr/bin/env", ["env", "--chdir", folder, executable] + arguments, variables, &actions)
    }

    private static func spawn(
        _ executable: String, _ arguments: [String], _ environment: [String], _ actions: inout posix_spawn_file_actions_t
    ) throws -> pid_t {
        let words = (arguments + environment).map { strdup($0) }
        defer { words.forEach { free($0) } }
        var id: pid_t = 0
        let result = posix_spawn(
            &id, executable, &actions, nil, Array(words.prefix(arguments.count)) + [nil], Array(words.suffix(environment.count)) + [nil])
        guard result == 0 else { throw ProcessFailure("\(executable) does not start: \(String(cString: strerror(result)))") }
        return id
    }

    /// Its output so far.
    public var output: String { read(outputPath) }

    /// Its output to standard error so far.
    public var errors: String { read(errorPath) }

    /// How it ended; nil while it is running.
    public var end: End? {
        reaped.withLock { end in
            if end != nil { return end }
            var status: Int32 = 0
            guard waitpid(id, &status, WNOHANG) == id else { return nil }
            end = status & 0x7F == 0 ? .exit(code: (status >> 8) & 0xFF) : .signal(status & 0x7F)
            return end
        }
    }

    /// Whether it is still running.
    public var isRunning: Bool { end == nil }

    /// Sends it a signal; does nothing if it has ended.
    public func send(signal: Int32) {
        if isRunning { kill(id, signal) }
    }

    /// Waits until it has ended.
    @discardableResult
    public func ended() async throws -> End { try await waiting(for: "process \(id) to end") { end } }

    /// Removes the two files.
    public func removeOutput() {
        unlink(outputPath)
        unlink(errorPath)
    }

    private func read(_ path: String) -> String { String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self) }
}

/// A failure of a process that a test has started.
public struct ProcessFailure: Error, CustomStringConvertible {
    /// The message.
    public let description: String

    /// Makes a failure with this message.
    public init(_ description: String) { self.description = description }
}

/// Polls until there is an answer. Throws if there is none after 100 polls and this many seconds, or ten times as many seconds under a
/// sanitizer: on a machine that is busy with other tests, minutes can pass between two polls.
@discardableResult
public func waiting<Value>(for what: String, seconds: Int = 300, _ answer: () async throws -> Value?) async throws -> Value {
    let clock = ContinuousClock()
    let isSanitized = ProcessInfo.processInfo.environment["SWITCHBOARD_SANITIZER"] != nil
    let deadline = clock.now + .seconds(isSanitized ? 10 * seconds : seconds)
    var polls = 0
    while polls < 100 || clock.now < deadline {
        polls += 1
        if let value = try await answer() { return value }
        try await clock.sleep(for: .milliseconds(5))
    }
    throw ProcessFailure("waited in vain for \(what)")
}
