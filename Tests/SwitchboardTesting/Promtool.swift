import Foundation

/// Prometheus' own check of a page of metrics: its format, and the conventions of names, units and help texts.
public enum Promtool {
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
