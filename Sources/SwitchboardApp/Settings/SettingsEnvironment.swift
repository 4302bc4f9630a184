import Files
import Foundation

/// The variables that settings may name: those of the process, and those of a `.env` file that the process does not set.
public struct SettingsEnvironment: Sendable, Equatable {
    private var variables: [String: String]

    /// `dotEnv` is the text of a `.env` file; throws with the line that is no `KEY=VALUE`.
    public init(process: [String: String], dotEnv: String = "") throws(SettingsError) {
        var variables: [String: String] = [:]
        for (index, line) in dotEnv.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let text = line.trimmingPrefix { $0.isWhitespace }
            if text.isEmpty || text.hasPrefix("#") { continue }
            guard let (name, value) = SettingsEnvironment.assignment(text) else {
                throw SettingsError(
                    source: ".env", problems: [SettingsProblem(path: "", reason: "expected NAME=VALUE", line: index + 1)])
            }
            variables[name] = value
        }
        self.variables = variables.merging(process) { _, ofProcess in ofProcess }
    }

    /// The process's own environment and the `.env` file of the working directory, where there is one.
    public static func current() throws(SettingsError) -> SettingsEnvironment {
        try SettingsEnvironment(process: ProcessInfo.processInfo.environment, dotEnv: dotEnv(at: ".env"))
    }

    /// A keeper of secrets may show it as a pipe, like the settings. One that may not be read, or a folder of that name, is none of ours.
    static func dotEnv(at path: String) throws(SettingsError) -> String {
        var isFolder: ObjCBool = false
        guard access(path, R_OK) == 0, FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            return ""
        }
        do throws(SmallFileError) {
            return String(decoding: try SmallFile(path, awaitingPipe: Settings.patienceWithPipes).read(), as: UTF8.self)
        } catch {
            throw SettingsError(source: path, problems: [SettingsProblem(path: "", reason: error.description)])
        }
    }

    /// The variable's value, nil where nobody sets it.
    public subscript(name: String) -> String? { variables[name] }

    /// `export NAME=VALUE`, the value in single quotes, in double quotes, or plain up to ` #`.
    private static func assignment(_ line: Substring) -> (name: String, value: String)? {
        let text = line.hasPrefix("export ") ? line.dropFirst(7).trimmingPrefix { $0.isWhitespace } : line
        guard let equals = text.firstIndex(of: "=") else { return nil }
        let name = String(text[..<equals])
        guard VariableExpansion.isName(name), let value = value(text[text.index(after: equals)...]) else { return nil }
        return (name, value)
    }

    private static func value(_ text: Substring) -> String? {
        guard let quote = text.first, quote == "'" || quote == "\"" else {
            let end = text.firstRange(of: " #")?.lowerBound ?? text.endIndex
            return text[..<end].trimmingCharacters(in: .whitespacesAndNewlines)
        }
        var value = ""
        var rest = text.dropFirst()
        while let character = rest.popFirst() {
            if character == quote { return isBlank(rest) ? value : nil }
            if character == "\\", quote == "\"", let escaped = rest.popFirst() {
                value.append(escaped == "n" ? "\n" : escaped)
            } else {
                value.append(character)
            }
        }
        return nil
    }

    /// Whether nothing but a comment follows.
    private static func isBlank(_ rest: Substring) -> Bool {
        let text = rest.trimmingPrefix { $0.isWhitespace }
        return text.isEmpty || text.hasPrefix("#")
    }
}
