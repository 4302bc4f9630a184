import Foundation

/// Prometheus' own checks: of a page of metrics, that is of its format and the conventions of names, units and help texts; and of rules.
public enum Promtool {
    /// What a command of promtool prints that does not succeed, a line each; throws where there is no promtool.
    public static func complaints(of arguments: String...) async throws -> [String] {
        let process = try ChildProcess(try TestTool.path("promtool"), arguments, in: "/")
        guard try await process.ended() != .exit(code: 0) else { return [] }
        return (process.output + process.errors).split(separator: "\n").map(String.init) + ["\(arguments) failed"]
    }

    /// What `promtool check metrics` finds wrong with a page, a line each; throws where there is no promtool.
    public static func complaints(about page: String) async throws -> [String] {
        let folder = try TemporaryFolder()
        try page.write(toFile: "\(folder.path)/page", atomically: true, encoding: .utf8)
        let process = try ChildProcess("/bin/sh", ["-c", #"exec "$0" check metrics < page"#, TestTool.path("promtool")], in: folder.path)
        let end = try await process.ended()
        let lines = (process.output + process.errors).split(separator: "\n").map(String.init)
        return end == .exit(code: 0) ? lines : lines + ["\(end)"]
    }
}
