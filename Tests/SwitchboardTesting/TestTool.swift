import Foundation

/// A program that checks what this project makes.
public enum TestTool {
    /// Where `.ci/packages test` puts it, or where its whole package has it; throws where it is in neither.
    public static func path(_ name: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let places = [root.appending(path: ".build/tools/\(name)").path, "/usr/bin/\(name)", "/usr/sbin/\(name)"]
        guard let place = places.first(where: FileManager.default.isExecutableFile) else {
            throw ProcessFailure("there is no \(name): `.ci/packages test` puts it into .build/tools")
        }
        return place
    }
}
