import Yams

/// Gathers what is wrong with a file while it is read to its end, and which keys there are.
final class SettingsReport {
    private(set) var problems: [SettingsProblem] = []
    /// The paths of all keys that were asked for.
    private(set) var knownPaths: [String] = []
    let environment: SettingsEnvironment

    init(environment: SettingsEnvironment) { self.environment = environment }

    func add(_ path: String, _ reason: String, line: Int? = nil, advice: String? = nil) {
        problems.append(SettingsProblem(path: path, reason: reason, line: line, advice: advice))
    }

    func add(_ path: String, _ reason: String, at node: Node) { add(path, reason, line: node.mark?.line) }

    func know(_ paths: [String]) { knownPaths += paths }

    /// Reads a scalar with its variables expanded. One that is empty then, as `${NAME:-}` may be, is none where it may be.
    func value<Value>(of node: Node, at path: String, _ form: ScalarForm<Value>, mayBeEmpty: Bool = true) -> Value? {
        guard let scalar = node.scalar else {
            add(path, "must be \(form.expectation), not a \(node.mapping == nil ? "list" : "mapping")", at: node)
            return nil
        }
        do throws(VariableExpansion.Failure) {
            let text = try VariableExpansion.expand(scalar.string, with: environment)
            if text.isEmpty, mayBeEmpty { return nil }
            if let value = form.read(text) { return value }
            let shown = form.mayBeShown ? ", not “\(text)”" : ""
            add(path, "must be \(form.expectation)\(shown)", at: node)
        } catch {
            add(path, error.description, at: node)
        }
        return nil
    }
}
