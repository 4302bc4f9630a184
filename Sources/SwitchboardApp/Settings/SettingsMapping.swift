import Receiver
import Yams

/// Reads one mapping of the file key by key: a missing key gets its default, a wrong or unknown one becomes a problem.
struct SettingsMapping {
    private let path: String
    private let entries: [(name: String, key: Node, value: Node)]
    private let report: SettingsReport
    private var known: [String] = []

    /// A node that is not a mapping is a problem, and is read as an empty one.
    init(_ node: Node?, path: String, report: SettingsReport) {
        self.path = path
        self.report = report
        if let node, !node.isEmptyValue, node.mapping == nil { report.add(path, "must be a mapping of keys", at: node) }
        entries = node?.mapping?.map { ($0.key.string ?? "?", $0.key, $0.value) } ?? []
    }

    /// The line of the mapping's first key, for problems of the whole mapping.
    var line: Int? { entries.first?.key.mark?.line }

    /// The value of a key that may be missing but not empty: an empty value would switch off what the key asks for.
    mutating func valueNotEmpty<Value>(_ name: String, _ form: ScalarForm<Value>) -> Value? {
        entries.contains { $0.name == name } ? required(name, form) : value(name, form)
    }

    /// The line of a key.
    func line(of name: String) -> Int? { entries.first { $0.name == name }?.key.mark?.line }

    /// All keys in order, for a mapping whose keys are not fixed.
    mutating func allKeys() -> [String] {
        known = entries.map(\.name)
        return known
    }

    /// The value of a key; nil if it is missing, empty or wrong. A wrong value is reported.
    mutating func value<Value>(_ name: String, _ form: ScalarForm<Value>) -> Value? {
        guard let node = node(name) else {
            // A secret may only be empty by a variable with an empty default.
            let empty = form.isSecret ? entries.first { $0.name == name } : nil
            return empty.flatMap { report.value(of: $0.value, at: path(of: name), form) }
        }
        return report.value(of: node, at: path(of: name), form)
    }

    /// Sets `target` if the key has a valid value.
    mutating func read<Value>(_ name: String, _ form: ScalarForm<Value>, into target: inout Value) {
        if let value = value(name, form) { target = value }
    }

    /// The value of a key, or else of a variable.
    mutating func value<Value>(_ name: String, orVariable variable: String, _ form: ScalarForm<Value>) -> Value? {
        guard node(name) == nil else { return value(name, form) }
        guard let text = report.environment[variable], !text.isEmpty else { return nil }
        return report.value(of: text, at: path(of: name), form, line: line, from: variable)
    }

    /// Reports that a key of a connection with a secret, which a variable may also set, is missing although `reason` requires it.
    /// `alternative` may be set instead.
    func reportMissing(_ name: String, orVariable variable: String, since reason: String, alternative: String) {
        let entry = entries.first { $0.name == name && !$0.value.isEmptyValue }
        let written = entry.map { VariableExpansion.only($0.value.scalar?.string ?? "")?.name } ?? variable
        let line = self.line(of: name) ?? line
        let before = report.problems.count
        defer { report.concernsSecret(since: before) }
        guard let written else {
            return report.add(path(of: name), "is empty, and \(reason)", line: line, advice: "set it, or \(alternative)")
        }
        let state = report.environment[written] == nil ? "is not set" : "is empty"
        report.add(path(of: name), "\(written) \(state), and \(reason)", unset: written, line: line, alternative: alternative)
    }

    /// The value of a key that must exist; an empty value is a problem too.
    mutating func required<Value>(_ name: String, _ form: ScalarForm<Value>) -> Value? {
        guard let node = node(name) else {
            report.add(path(of: name), "is missing; set it to \(form.expectation)", line: line)
            return nil
        }
        return report.value(of: node, at: path(of: name), form, mayBeEmpty: false)
    }

    /// The value of a key that must exist, or several values as a list, of which those after the first may be empty by their variables.
    mutating func oneOrMore<Value>(_ name: String, _ form: ScalarForm<Value>) -> [Value] {
        guard node(name)?.sequence != nil else { return required(name, form).map { [$0] } ?? [] }
        let problemsBefore = report.problems.count
        let values = list(name).compactMap { report.value(of: $0.node, at: $0.path, form) }
        if values.isEmpty, report.problems.count == problemsBefore {
            report.add(path(of: name), "has no value: it must be \(form.expectation)", line: line(of: name))
        }
        return values
    }

    /// The mapping of a key, empty if there is none; the caller must call `finish`.
    mutating func section(_ name: String) -> SettingsMapping {
        SettingsMapping(node(name), path: path(of: name), report: report)
    }

    /// The elements of a list with their paths; none if the key is missing.
    mutating func list(_ name: String) -> [(path: String, node: Node)] {
        guard let node = node(name) else { return [] }
        guard let sequence = node.sequence else {
            report.add(path(of: name), "must be a list", at: node)
            return []
        }
        return sequence.enumerated().map { ("\(path(of: name))[\($0.offset)]", $0.element) }
    }

    /// The same; nil if the key is missing, since an empty list differs from none.
    mutating func listIfPresent(_ name: String) -> [(path: String, node: Node)]? { node(name) == nil ? nil : list(name) }

    /// Reports every key that was not read, with the key that was probably meant. The mapping of the whole file is finished last.
    func finish() {
        for entry in entries where !known.contains(entry.name) {
            let meant = NearestName.of(entry.name, among: known).map { path(of: $0) } ?? report.knownPath(endingIn: entry.name)
            report.add(
                path(of: SecretForm.isLikely(entry.name) ? "•••" : entry.name), "unknown key", line: entry.key.mark?.line,
                advice: meant.map { "did you mean \($0)?" } ?? "known: " + known.joined(separator: ", "))
        }
        report.know(known.map(path(of:)))
    }

    func path(of name: String) -> String { path.isEmpty ? name : "\(path).\(name)" }

    private mutating func node(_ name: String) -> Node? {
        if !known.contains(name) { known.append(name) }
        return entries.first { $0.name == name }.flatMap { $0.value.isEmptyValue ? nil : $0.value }
    }
}

extension Node {
    /// `key:` without a value, and `null`, count as a missing key.
    fileprivate var isEmptyValue: Bool { scalar.map { $0.style == .plain && ["", "~", "null"].contains($0.string) } ?? false }
}
