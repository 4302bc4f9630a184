import Files
import Foundation

/// The variables that settings may contain: the process's, and those of a `.env` file that the process does not set.
public struct SettingsEnvironment: Sendable, Equatable {
    private var variables: [String: String]
    /// The variables of `file`, including those that the process sets too.
    private let ofFile: [String: String]
    /// The file that variables are read from, in addition to the process's.
    public let file: String
    /// The same file, if it exists and is not empty.
    let readFile: String?

    /// The file that is read if no other is named.
    public static let defaultFile = ".env"

    /// `dotEnv` is the text of `file`. Throws all lines that are not `KEY=VALUE`.
    public init(process: [String: String], dotEnv: String = "", file: String = SettingsEnvironment.defaultFile) throws(SettingsError) {
        var variables: [String: String] = [:]
        var problems: [SettingsProblem] = []
        for (index, line) in dotEnv.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline).enumerated() {
            let text = line.trimmingPrefix { $0.isWhitespace }
            if text.isEmpty || text.hasPrefix("#") { continue }
            do throws(LineFault) {
                let (name, value) = try SettingsEnvironment.assignment(text)
                variables[name] = value
            } catch {
                problems.append(SettingsProblem(path: "", reason: error.description, line: index + 1))
            }
        }
        guard problems.isEmpty else { throw SettingsError(source: file, problems: problems) }
        self.file = file
        ofFile = variables
        readFile = dotEnv.isEmpty ? nil : file
        self.variables = variables.merging(process) { _, ofProcess in ofProcess }
    }

    /// The value of a variable that only the file sets; nil if it does not, or if the process sets another.
    func valueOfFile(_ name: String) -> String? { variables[name] == ofFile[name] ? ofFile[name] : nil }

    /// The process's environment and `file`, which must exist. Without `file`, the file `environment` beside the settings, where an
    /// installed gateway has its secrets; otherwise the `.env` of the working directory, if it exists. `settings` is the file that the user
    /// named. `start` is what a process had at its start, if it reads its settings again. With `isReload` only regular files are read.
    public static func current(
        file: String? = nil, settings: String? = nil, places: SettingsPlaces = .current, since start: SettingsEnvironment? = nil,
        isReload: Bool = false
    ) throws(SettingsError) -> SettingsEnvironment {
        let process = try start?.process(now: ProcessInfo.processInfo.environment) ?? ProcessInfo.processInfo.environment
        if let file {
            return try SettingsEnvironment(process: process, dotEnv: try contents(of: file, isReload: isReload), file: file)
        }
        let found = places.environmentFile(besideSettings: settings) ?? defaultFile
        // systemd reads the file as root for a unit whose user may not read it, and passes on its variables.
        let isHidden = found != defaultFile && access(found, R_OK) != 0
        return try SettingsEnvironment(
            process: process, dotEnv: try dotEnv(at: found, isReload: isReload),
            file: isHidden ? "\(found) (which this user may not read)" : found)
    }

    /// The text of the file, which may be a pipe from a secrets manager. An unreadable file counts as missing, and so does a folder `.env`,
    /// as Python makes them. A broken link is an error, since it was meant to be a file, and so is a folder of any other name.
    static func dotEnv(at path: String, isReload: Bool = false) throws(SettingsError) -> String {
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), isFolder.boolValue,
            URL(fileURLWithPath: path).lastPathComponent != defaultFile
        {
            let remedy = "replace it by a file of NAME=VALUE lines, or remove it: containers make a folder if the file to mount is missing"
            throw SettingsError(source: path, problems: [SettingsProblem(path: "", reason: "is a folder, not a file", remedy: remedy)])
        }
        if !FileManager.default.fileExists(atPath: path), (try? FileManager.default.destinationOfSymbolicLink(atPath: path)) != nil {
            return try contents(of: path, isReload: isReload)
        }
        guard access(path, R_OK) == 0, FileManager.default.fileExists(atPath: path, isDirectory: &isFolder), !isFolder.boolValue else {
            return ""
        }
        return try contents(of: path, isReload: isReload)
    }

    /// The text of a file that must exist.
    static func contents(of path: String, isReload: Bool = false) throws(SettingsError) -> String {
        do throws(SmallFileError) {
            return String(decoding: try Settings.awaited(path, isReload: isReload).read(), as: UTF8.self)
        } catch {
            throw SettingsError(source: path, problems: [SettingsProblem(error, file: path)])
        }
    }

    /// The variable's value; nil if it is not set.
    public subscript(name: String) -> String? { variables[name] }

    /// All variables.
    var all: [String: String] { variables }

    /// Whether the file has this value of a variable.
    func hasInFile(_ name: String, _ value: String) -> Bool { ofFile[name] == value }

    /// What is wrong with a line, without its value.
    private enum LineFault: Error {
        case noAssignment
        case openQuote(name: String, quote: Character)
        case textBehindQuote(name: String, quote: Character)

        var description: String {
            switch self {
            case .noAssignment: "expected NAME=VALUE"
            case .openQuote(let name, let quote): "the value of \(name) begins with \(quote) and has no closing \(quote) on its line"
            case .textBehindQuote(let name, let quote):
                "the value of \(name) has text behind its closing \(quote): put all of it in quotes, or none"
            }
        }
    }

    /// Reads `export NAME=VALUE`, the value in single or double quotes, or plain up to ` #`. White space around the equals sign is ignored,
    /// as by systemd (src/basic/env-file.c, parse_env_file_internal; read 2026-11-27).
    private static func assignment(_ line: Substring) throws(LineFault) -> (name: String, value: String) {
        let text = line.hasPrefix("export ") ? line.dropFirst(7).trimmingPrefix { $0.isWhitespace } : line
        guard let equals = text.firstIndex(of: "=") else { throw .noAssignment }
        let name = text[..<equals].trimmingCharacters(in: .whitespaces)
        guard VariableExpansion.isName(name) else { throw .noAssignment }
        return (name, try value(text[text.index(after: equals)...], of: SecretForm.isLikely(name) ? "this variable" : name))
    }

    private static func value(_ text: Substring, of name: String) throws(LineFault) -> String {
        let quoted = text.trimmingPrefix { $0.isWhitespace }
        guard let quote = quoted.first, quote == "'" || quote == "\"" else {
            let end = text.firstRange(of: " #")?.lowerBound ?? text.endIndex
            return text[..<end].trimmingCharacters(in: .whitespacesAndNewlines)
        }
        var value = ""
        var rest = quoted.dropFirst()
        while let character = rest.popFirst() {
            if character == quote {
                guard isBlank(rest) else { throw .textBehindQuote(name: name, quote: quote) }
                return value
            }
            if character == "\\", quote == "\"", let escaped = rest.popFirst() {
                value.append(escaped == "n" ? "\n" : escaped)
            } else {
                value.append(character)
            }
        }
        throw .openQuote(name: name, quote: quote)
    }

    /// Whether only white space or a comment follows.
    private static func isBlank(_ rest: Substring) -> Bool {
        let text = rest.trimmingPrefix { $0.isWhitespace }
        return text.isEmpty || text.hasPrefix("#")
    }
}
