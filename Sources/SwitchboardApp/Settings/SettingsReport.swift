import Yams

/// What settings are read for: a start wants more of them than a verb that looks at the journal.
public enum SettingsPurpose: Sendable {
    /// The accounts may be missing, and so may the files of TLS.
    case look
    /// A doctor, who goes on to look at all else: what only a start asks for is a problem beside other problems, and no obstacle alone.
    case examine
    /// A gateway that only answers questions: its TLS must be good.
    case serveReadOnly
    /// A gateway: it needs accounts as well, or makes some.
    case serve
}

/// Gathers what is wrong with a file while it is read to its end, and which keys there are.
final class SettingsReport {
    private(set) var problems: [SettingsProblem] = []
    /// What only a start asks for, where the settings are examined.
    private var problemsOfStart: [SettingsProblem] = []
    /// What is taken otherwise than it is written.
    private(set) var notes: [SettingsProblem] = []
    /// The paths of all keys that were asked for.
    private(set) var knownPaths: [String] = []
    let environment: SettingsEnvironment
    /// What the settings are read for.
    let purpose: SettingsPurpose

    init(environment: SettingsEnvironment, purpose: SettingsPurpose = .look) {
        self.environment = environment
        self.purpose = purpose
    }

    func add(_ path: String, _ reason: String, line: Int? = nil, advice: String? = nil) {
        problems.append(SettingsProblem(path: path, reason: reason, line: line, advice: advice))
    }

    /// Adds what keeps a gateway from starting, whatever else the settings are good for.
    func addOfStart(_ path: String, _ reason: String, line: Int?) {
        guard purpose == .examine else { return add(path, reason, line: line) }
        problemsOfStart.append(SettingsProblem(path: path, reason: reason, line: line))
    }

    func add(_ path: String, _ reason: String, at node: Node) { add(path, reason, line: node.mark?.line) }

    /// A variable that somebody has to set: the file is as it should be. `alternative` is what may be set instead.
    func add(_ path: String, _ reason: String, unset variable: String, line: Int?, alternative: String? = nil) {
        let place = "in the environment or in \(environment.file)\(alternative.map { ", or \($0)" } ?? "")"
        problems.append(
            SettingsProblem(path: path, reason: reason, line: line, advice: "set it \(place)", remedy: "set \(variable) \(place)"))
    }

    /// Whether something is wrong with a key, or with an element of its list.
    func hasProblem(at path: String) -> Bool { problems.contains { $0.path == path || $0.path.hasPrefix("\(path)[") } }

    func know(_ paths: [String]) { knownPaths += paths }

    /// The key of another section that has the name of one that stands in the wrong place: `server.port` for `port`. Nil where no section that
    /// was read before has it, or more than one.
    func knownPath(endingIn name: String) -> String? {
        let paths = Set(knownPaths.filter { $0.hasSuffix(".\(name)") && !$0.contains("[") })
        return paths.count == 1 ? paths.first : nil
    }

    /// The problems in the order of their lines; those without a line, which are of variables alone, come last.
    var problemsByLine: [SettingsProblem] {
        let all = problems.isEmpty ? [] : problems + problemsOfStart
        return all.enumerated().sorted { ($0.element.line ?? .max, $0.offset) < ($1.element.line ?? .max, $1.offset) }.map(\.element)
    }

    /// Tells of what is taken otherwise than it is written, and stops nothing.
    func note(_ path: String, _ reason: String, line: Int?) {
        notes.append(SettingsProblem(path: path, reason: reason, line: line))
    }

    /// Reads a scalar with its variables expanded. One that is empty then is none where it may be: any but a secret, and a secret that is written
    /// as `${NAME:-}`. Any other secret that is written is wanted, and nothing starts without it.
    func value<Value>(of node: Node, at path: String, _ form: ScalarForm<Value>, mayBeEmpty: Bool = true) -> Value? {
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
                    note(path, "\(variable.map { "\($0.name) " } ?? "")is empty, as good as not there", line: node.mark?.line)
                }
                return nil
            }
            if text.isEmpty, let name = variable?.name {
                add(path, "\(name) is empty", unset: name, line: node.mark?.line)
                return nil
            }
            return value(
                of: text, at: path, form, line: node.mark?.line, from: variable?.name, isWritten: text == scalar.string)
        } catch {
            for failure in error.all {
                if let name = failure.unsetName {
                    add(path, failure.description, unset: name, line: node.mark?.line)
                } else {
                    add(path, failure.description, at: node)
                }
            }
        }
        return nil
    }

    /// Reads a text that is all there is; `source` is the variable that it stands in. A wrong one is quoted only where it `isWritten` in the file
    /// without a variable, and is neither a secret nor like one: in a variable may be another's value.
    func value<Value>(
        of text: String, at path: String, _ form: ScalarForm<Value>, line: Int?, from source: String? = nil, isWritten: Bool = false
    ) -> Value? {
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

    /// The reason with the variable as its subject: what is wrong is either a predicate, or a sentence about the URL or a part of it.
    private static func sentence(_ reason: String, about variable: String?) -> String {
        guard let variable else { return reason }
        if reason.hasPrefix("must ") { return "\(variable) \(reason)" }
        return reason.hasPrefix("the URL") ? variable + reason.dropFirst("the URL".count) : "\(variable): \(reason)"
    }
}

extension ScalarForm {
    /// What a wrong text is, without quoting it; nil where there is nothing to say, as of a secret that is too short.
    fileprivate func described(_ text: String) -> String? {
        if text.isEmpty { return isSecret ? nil : "“”" }
        if text.trimmingOuterSpace().isEmpty { return "white space" }
        return isSecret ? nil : SecretForm.description(of: text)
    }
}

extension Node {
    /// What YAML takes a scalar for that is no string; nil for a string.
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

/// What may stand where a string should.
private enum OtherKind: String, CustomStringConvertible {
    case null
    case flag = "true or false"
    case number = "a number"
    case other = "a value of another type"

    var description: String { rawValue }
    var advice: String? { self == .null ? nil : "put it in quotes if it is the secret" }
}
