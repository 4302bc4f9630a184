import Foundation

/// Prometheus' own checks of a page of metrics (its format, and the conventions of names, units and help texts) and of rules.
public enum Promtool {
    /// The output of a promtool command that fails, one line each; throws if promtool is missing.
    public static func complaints(of arguments: String...) async throws -> [String] {
        let process = try ChildProcess(try TestTool.path("promtool"), arguments, in: "/")
        guard try await process.ended() != .exit(code: 0) else { return [] }
        return (process.output + process.errors).split(separator: "\n").map(String.init) + ["\(arguments) failed"]
    }

    /// The problems that `promtool check metrics` finds in a page, one line each; throws if promtool is missing.
    public static func complaints(about page: String) async throws -> [String] {
        let folder = try TemporaryFolder()
        try page.write(toFile: "\(folder.path)/page", atomically: true, encoding: .utf8)
        let process = try ChildProcess("/bin/sh", ["-c", #"exec "$0" check metrics < page"#, TestTool.path("promtool")], in: folder.path)
        let end = try await process.ended()
        let lines = (process.output + process.errors).split(separator: "\n").map(String.init)
        return end == .exit(code: 0) ? lines : lines + ["\(end)"]
    }
}
