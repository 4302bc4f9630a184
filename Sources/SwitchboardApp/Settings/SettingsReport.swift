import Yams

/// What settings are read for: a start needs more of them than a verb that reads the journal.
public enum SettingsPurpose: Sendable {
    /// To use the journal: accounts, TLS files and secrets may be missing, so that an account without its secret hinders no backup.
    case journal
    /// To use the database: of the secrets only its own must be there.
    case database
    /// To sign or read with accounts: their secrets must be there.
    case accounts
    /// To examine everything for `doctor`: problems that only prevent a start are reported beside others, and alone end nothing.
    case examine
    /// To run a gateway that only answers questions: its TLS files must be usable.
    case serveReadOnly
    /// To run a gateway: it also needs accounts, or creates some.
    case serve

    /// Whether the files of TLS are read too.
    var usesTLS: Bool {
        switch self {
        case .journal, .database, .accounts: false
        case .examine, .serveReadOnly, .serve: true
        }
    }
}

/// Collects the problems of a file while all of it is read, and the known keys.
final class SettingsReport {
    private(set) var problems: [SettingsProblem] = []
    /// Problems that only prevent a start, collected when settings are examined.
    private var problemsOfStart: [SettingsProblem] = []
    /// Those of `problems` that only concern variables without a value.
    private var problemsOfVariables: Set<SettingsProblem> = []
    /// Those of `problems` that only concern the value of a secret.
    private var problemsOfSecrets: Set<SettingsProblem> = []
    /// Values that are read otherwise than written.
    private(set) var notes: [SettingsProblem] = []
    /// The paths of all keys that were read.
    private(set) var knownPaths: [String] = []
    let environment: SettingsEnvironment
    /// The purpose of reading the settings.
    let purpose: SettingsPurpose

    init(environment: SettingsEnvironment, purpose: SettingsPurpose = .accounts) {
        self.environment = environment
        self.purpose = purpose
    }

    func add(_ path: String, _ reason: String, line: Int? = nil, advice: String? = nil) {
        problems.append(SettingsProblem(path: path, reason: reason, line: line, advice: advice))
    }

    /// Adds a problem that prevents a gateway from starting, even if other verbs can use the settings.
    func addOfStart(_ path: String, _ reason: String, line: Int?) {
        guard purpose == .examine else { return add(path, reason, line: line) }
        problemsOfStart.append(SettingsProblem(path: path, reason: reason, line: line))
    }

    func add(_ path: String, _ reason: String, at node: Node) { add(path, reason, line: node.mark?.line) }

    /// Adds a problem of an unset variable, while the file itself is right. `origin` says what the value is; `alternative` is what may be set
    /// instead.
    func add(_ path: String, _ reason: String, unset variable: String, line: Int?, origin: String? = nil, alternative: String? = nil) {
        let place =
            "in the environment or in \(environment.file)\(origin.map { ": \($0)" } ?? "")\(alternative.map { ", or \($0)" } ?? "")"
        let problem = SettingsProblem(
            path: path, reason: reason, line: line, advice: "set it \(place)", remedy: "set \(variable) \(place)")
        problems.append(problem)
        problemsOfVariables.insert(problem)
    }

    /// Says that the problems since the first `count` only concern the value of a secret.
    func concernsSecret(since count: Int) { problemsOfSecrets.formUnion(problems[count...]) }

    /// The problems that matter for the purpose.
    private var relevantProblems: [SettingsProblem] {
        switch purpose {
        case .journal: problems.filter { !problemsOfSecrets.contains($0) }
        case .database: problems.filter { !problemsOfSecrets.contains($0) || $0.path.hasPrefix("supabase") }
        case .accounts, .examine, .serveReadOnly, .serve: problems
        }
    }

    /// The problems of the file itself, whatever variables are set.
    var problemsOfFile: [SettingsProblem] { problems.filter { !problemsOfVariables.contains($0) } }

    /// Whether a key, or an element of its list, has a problem.
    func hasProblem(at path: String) -> Bool { problems.contains { $0.path == path || $0.path.hasPrefix("\(path)[") } }

    func know(_ paths: [String]) { knownPaths += paths }

    /// The key of another section with the name of a misplaced one: `server.port` for `port`. Nil if no section read so far has it, or
    /// several do.
    func knownPath(endingIn name: String) -> String? {
        let paths = Set(knownPaths.filter { $0.hasSuffix(".\(name)") && !$0.contains("[") })
        return paths.count == 1 ? paths.first : nil
    }

    /// The problems that matter, in the order of their lines; problems without a line, which concern only variables, come last.
    var problemsByLine: [SettingsProblem] {
        let problems = relevantProblems
        let all = problems.isEmpty ? [] : problems + problemsOfStart
        return all.enumerated().sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }.map(\.element)
    }

    /// Notes a value that is read otherwise than written, which does not prevent a start.
    func note(_ path: String, _ reason: String, line: Int?) {
        notes.append(SettingsProblem(path: path, reason: reason, line: line))
    }

    /// Reads a scalar with its variables expanded. An empty result counts as missing, except for a secret, unless the secret is written as
    /// `${NAME:-}`: an empty secret is otherwise a problem.
    func value<Value>(of node: Node, at path: String, _ form: ScalarForm<Value>, mayBeEmpty: Bool = true) -> Value? {
        let before = problems.count
        defer { if form.isSecret { concernsSecret(since: before) } }
        guard let scalar = node.scalar else {
            add(path, "must be \(form.expectation), not a \(node.mapping == nil ? "list" : "mapping")", at: node)
            return nil
        }
        if form.isSecret, let kind = node.kindOtherThanString {
            add(path, "must be \(form.expectation), not \(kind)", line: node.mark?.line, advice: kind.advice)
            return nil
        }
        do throws(VariableExpansion.Failures) {
            let text = try VariableExpansion.expand(scalar.string, with: environment)
            let variable = VariableExpansion.only(scalar.string)
            if text.isEmpty, mayBeEmpty, !form.isSecret || variable?.mayBeEmpty == true {
                if variable?.mayBeEmpty != true {
                    note(path, "\(variable.map { "\($0.name) " } ?? "")is empty and counts as not set", line: node.mark?.line)
                }
                return nil
            }
            if text.isEmpty, let name = variable?.name {
                add(path, "\(name) is empty", unset: name, line: node.mark?.line, origin: form.origin)
                return nil
            }
            return value(
                of: text, at: path, form, line: node.mark?.line, from: variable?.name, isWritten: text == scalar.string)
        } catch {
            for failure in error.all {
                if let name = failure.unsetName {
                    add(path, failure.description, unset: name, line: node.mark?.line, origin: form.origin)
                } else {
                    add(path, failure.description, at: node)
                }
            }
        }
        return nil
    }

    /// Reads a complete text; `source` is the variable that it comes from. A wrong text is quoted only if it `isWritten` in the file
    /// without a variable, and is not and does not look like a secret: a variable may contain the value of another.
    func value<Value>(
        of text: String, at path: String, _ form: ScalarForm<Value>, line: Int?, from source: String? = nil, isWritten: Bool = false
    ) -> Value? {
        let before = problems.count
        defer { if form.isSecret { concernsSecret(since: before) } }
        let trimmed = form.isSecret ? text.trimmingOuterSpace() : text
        if let value = form.read(trimmed) {
            if trimmed != text {
                note(path, "\(source.map { "\($0) " } ?? "")has white space or a line end around it, which is left out", line: line)
            }
            return value
        }
        let isQuoted = isWritten && !form.isSecret && !form.mayHoldSecret && !SecretForm.isLikely(text)
        let shown = isQuoted ? "“\(text)”" : form.described(text)
        let reason = form.fault(trimmed) ?? "must be \(form.expectation)\(shown.map { ", not \($0)" } ?? "")"
        problems.append(
            SettingsProblem(
                path: path, reason: SettingsReport.sentence(reason, about: source), line: line,
                remedy: source.map { "correct \($0) in the environment or in \(environment.file)" }))
        return nil
    }

    /// The reason as a sentence about the variable: it is either a predicate, or a sentence about the URL or part of it.
    private static func sentence(_ reason: String, about variable: String?) -> String {
        guard let variable else { return reason }
        if ["must ", "is "].contains(where: reason.hasPrefix) { return "\(variable) \(reason)" }
        return reason.hasPrefix("the URL") ? variable + reason.dropFirst("the URL".count) : "\(variable): \(reason)"
    }
}

extension ScalarForm {
    /// Describes a wrong text without quoting it; nil if there is nothing to say, as for a secret that is too short.
    fileprivate func described(_ text: String) -> String? {
        if text.isEmpty { return isSecret ? nil : "“”" }
        if text.trimmingOuterSpace().isEmpty { return "white space" }
        return isSecret ? nil : SecretForm.description(of: text)
    }
}

extension Node {
    /// The YAML type of a scalar that is not a string; nil for a string.
    fileprivate var kindOtherThanString: OtherKind? {
        switch Resolver.default.resolveTag(of: self) {
        case .str: nil
        case .null: .null
        case .bool: .flag
        case .int, .float: .number
        default: .other
        }
    }
}

/// The types that may be written instead of a string.
private enum OtherKind: String, CustomStringConvertible {
    case null
    case flag = "true or false"
    case number = "a number"
    case other = "a value of another type"

    var description: String { rawValue }
    var advice: String? { self == .null ? nil : "put it in quotes if it is the secret" }
}
