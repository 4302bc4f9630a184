import Foundation

/// A program that checks this project's output.
public enum TestTool {
    /// The path where `.ci/packages test` or the program's own package installs it; throws if it is in neither place.
    public static func path(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let places = [root.appending(path: ".build/tools/\(name)").path, "/usr/bin/\(name)", "/usr/sbin/\(name)"]
        guard let place = places.first(where: FileManager.default.isExecutableFile) else {
            throw ProcessFailure("there is no \(name): `.ci/packages test` puts it into .build/tools")
        }
        return place
    }
}
