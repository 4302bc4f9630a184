import Files

/// All problems of the settings at once, one per line.
public struct SettingsError: Error, Equatable, CustomStringConvertible {
    /// The file, if there is one.
    public var source: String?
    public var problems: [SettingsProblem]

    public init(source: String? = nil, problems: [SettingsProblem]) {
        self.source = source
        self.problems = problems
    }

    init(_ path: String, _ reason: String) {
        self.init(problems: [SettingsProblem(path: path, reason: reason)])
    }

    public var description: String {
        let lines = problems.map(\.description)
        return (source.map { ["\($0) cannot be used:"] + lines } ?? lines).joined(separator: "\n")
    }
}

/// One problem: `server.prot: unknown key (line 3); known: host, port`.
public struct SettingsProblem: Hashable, Sendable, CustomStringConvertible {
    /// The key's path, `accounts[0].secrets`; empty for the whole file.
    public var path: String
    public var reason: String
    /// Counted from 1.
    public var line: Int?
    /// What to do about it.
    public var advice: String?
    /// What to do if it is not to correct the file: `set CLIENT_KEY in the environment or in .env`.
    public var remedy: String?

    public init(path: String, reason: String, line: Int? = nil, advice: String? = nil, remedy: String? = nil) {
        self.path = path
        self.reason = reason
        self.line = line
        self.advice = advice
        self.remedy = remedy
    }

    /// The problem of a file that cannot be read.
    init(_ error: SmallFileError, file: String) {
        self.init(
            path: "", reason: error.description,
            remedy: error.isAbsence ? "name a file that exists, or create \(file)" : "let \(file) be a file that this user may read")
    }

    /// The problem and its place, without advice: `server.prot: unknown key (line 3)`, or `… (a.yaml, line 3)` in a file.
    func statement(in file: String? = nil) -> String {
        let place = [file, line.map { "line \($0)" }].compactMap(\.self).joined(separator: ", ")
        return (path.isEmpty ? "" : "\(path): ") + reason + (place.isEmpty ? "" : " (\(place))")
    }

    public var description: String { statement() + (advice.map { "; \($0)" } ?? "") }
}
