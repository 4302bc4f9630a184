/// Expands variables in a text: `${NAME}`, which must be set, and `${NAME:-default}`, whose default is used if the variable is unset or
/// empty. `$${` is a literal `${`.
enum VariableExpansion {
    /// Why a text cannot be expanded.
    enum Failure: Error, Equatable, CustomStringConvertible {
        case unset(String)
        case malformed(String)

        var description: String {
            switch self {
            case .unset(let name):
                SecretForm.isLikely(name) ? "expected ${NAME}, the name of a variable, not a value" : "the variable \(name) is not set"
            case .malformed(let text): "expected ${NAME} or ${NAME:-default}\(Failure.beginning(of: text).map { ", not \($0)" } ?? "")"
            }
        }

        /// The unset variable; nil if the failure has none, or the name may be a secret.
        var unsetName: String? {
            if case .unset(let name) = self, !SecretForm.isLikely(name) { name } else { nil }
        }

        /// Only the name, since a default after it may be a secret.
        private static func beginning(of text: String) -> String? {
            let name = text.dropFirst(2).prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            guard !name.isEmpty, name.count <= 40, !SecretForm.isLikely(String(name)) else { return nil }
            return "${\(name)\(name.count == text.count - 2 ? "" : "…")"
        }
    }

    /// All failures of one text.
    struct Failures: Error {
        fileprivate(set) var all: [Failure] = []
    }

    /// Throws all unset variables, not only the first.
    static func expand(_ text: String, with environment: SettingsEnvironment) throws(Failures) -> String {
        var result = ""
        var failures = Failures()
        var rest = Substring(text)
        while let start = rest.firstRange(of: "${") {
            result += rest[..<start.lowerBound]
            if result.last == "$" {
                result += "{"
                rest = rest[start.upperBound...]
                continue
            }
            guard let end = rest[start.upperBound...].firstIndex(of: "}") else {
                failures.all.append(.malformed(String(rest[start.lowerBound...])))
                break
            }
            do throws(Failure) { result += try value(of: rest[start.upperBound..<end], in: environment) } catch {
                failures.all.append(error)
            }
            rest = rest[rest.index(after: end)...]
        }
        guard failures.all.isEmpty else { throw failures }
        return result + rest
    }

    /// The variable, if the text is a single variable and nothing else; `mayBeEmpty` says whether its default is empty, `${NAME:-}`.
    static func only(_ text: String) -> (name: String, mayBeEmpty: Bool)? {
        guard text.hasPrefix("${"), text.hasSuffix("}") else { return nil }
        let reference = text.dropFirst(2).dropLast()
        let separator = reference.firstRange(of: ":-")
        let name = String(reference[..<(separator?.lowerBound ?? reference.endIndex)])
        return isName(name) ? (name, separator?.upperBound == reference.endIndex) : nil
    }

    /// Whether it consists of letters, digits and underscores and does not begin with a digit.
    static func isName(_ text: String) -> Bool {
        guard let first = text.utf8.first, !(0x30...0x39).contains(first) else { return false }
        return text.utf8.allSatisfy { $0 == 0x5F || (0x30...0x39).contains($0) || (0x41...0x5A).contains($0 & 0xDF) }
    }

    private static func value(of reference: Substring, in environment: SettingsEnvironment) throws(Failure) -> String {
        let separator = reference.firstRange(of: ":-")
        let name = String(reference[..<(separator?.lowerBound ?? reference.endIndex)])
        guard isName(name) else { throw .malformed("${\(reference)}") }
        let value = environment[name]
        if let separator { return value.flatMap { $0.isEmpty ? nil : $0 } ?? String(reference[separator.upperBound...]) }
        guard let value else { throw .unset(name) }
        return value
    }
}
