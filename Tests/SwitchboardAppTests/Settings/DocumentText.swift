import Foundation

/// The text of the documents in Docs.
enum DocumentText {
    /// The lines under a heading, up to the next one of its level.
    static func section(_ heading: String, of document: String) throws -> String {
        let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../../Docs")
        let text = try String(contentsOf: folder.appendingPathComponent(document).standardized, encoding: .utf8)
        let level = String(heading.prefix { $0 == "#" }) + " "
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false).drop { $0 != heading }.dropFirst()
        return lines.prefix { !$0.hasPrefix(level) }.joined(separator: "\n")
    }
}
