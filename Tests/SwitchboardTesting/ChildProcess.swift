import Foundation
import Synchronization

/// A program that a test started, its output in two files.
///
/// By `posix_spawn` itself: Foundation's `Process` walks over all open descriptors before it starts one, and has crashed there while other tests
/// opened and closed theirs.
public final class ChildProcess: Sendable {
    /// How a program ended.
    public enum End: Sendable, Equatable {
        case exit(code: Int32)
        case signal(Int32)
    }

    /// What the system knows it by.
    public let id: pid_t
    private let outputPath: String
    private let errorPath: String
    private let reaped = Mutex<End?>(nil)

    /// Starts it in a folder, where `name.out` and `name.err` take what it prints. It has no input and only the environment that is given,
    /// beside what a sanitizer goes by. A gateway that is installed on this machine is none of the tests'.
    /// Throws where it cannot be started.
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

    /// All that it printed so far.
    public var output: String { read(outputPath) }

    /// All that it printed to standard error so far.
    public var errors: String { read(errorPath) }

    /// How it ended; nil while it runs.
    public var end: End? {
        reaped.withLock { end in
            if end != nil { return end }
            var status: Int32 = 0
            guard waitpid(id, &status, WNOHANG) == id else { return nil }
            end = status & 0x7F == 0 ? .exit(code: (status >> 8) & 0xFF) : .signal(status & 0x7F)
            return end
        }
    }

    /// Whether it has not ended.
    public var isRunning: Bool { end == nil }

    /// Sends it a signal; nothing where it has ended.
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

/// What went wrong with a process that a test started.
public struct ProcessFailure: Error, CustomStringConvertible {
    /// What a person reads.
    public let description: String

    /// A failure that is told in these words.
    public init(_ description: String) { self.description = description }
}

/// Asks until there is an answer; throws where there is none after so many seconds, or ten times as many under a sanitizer.
@discardableResult
public func waiting<Value>(for what: String, seconds: Int = 30, _ answer: () async throws -> Value?) async throws -> Value {
    let clock = ContinuousClock()
    let isSanitized = ProcessInfo.processInfo.environment["SWITCHBOARD_SANITIZER"] != nil
    let deadline = clock.now + .seconds(isSanitized ? 10 * seconds : seconds)
    while clock.now < deadline {
        if let value = try await answer() { return value }
        try await clock.sleep(for: .milliseconds(5))
    }
    throw ProcessFailure("waited in vain for \(what)")
}
