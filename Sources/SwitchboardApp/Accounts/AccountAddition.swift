import Messaging

/// An account to be added to a settings file: its lines there, the lines of its variables, and what its owner does next.
public struct AccountAddition: Sendable {
    public let adapter: AdapterKind
    public let name: AccountName
    /// The account's lines in the settings, as an element of `accounts`.
    public let settingsLines: [String]
    /// The variables of the account with random values, in the order of the settings.
    public let variables: [(name: String, value: String)]
    /// Whether the provider gives the secret, so that the random value only stands for it.
    public let isSecretGiven: Bool
    /// Whether the account has a token that must be entered at the provider.
    public let hasVerifyToken: Bool

    /// Why a text is no account's name, as a predicate; nil if it is one.
    public static func fault(ofName text: String) -> String? {
        let form = ScalarForm<AccountName>.accountName
        return form.read(text) == nil ? "must be \(form.expectation)" : nil
    }

    /// Throws if there is no such adapter. Variables that `environment` has already are not used.
    public init(_ adapter: AdapterKind, _ name: AccountName, environment: SettingsEnvironment) throws(SettingsError) {
        guard let traits = AdapterRegistry.shipped.traits(of: adapter) else {
            throw SettingsError("adapter", AdapterRegistry.shipped.unknown(adapter).reason)
        }
        self.adapter = adapter
        self.name = name
        isSecretGiven = traits.sender == .provider
        hasVerifyToken = traits.settings.contains(.verifyToken)
        let variable = Self.variable("\(adapter)_\(name)")
        let form = traits.development?.secret ?? .standardWebhooks
        let secret = (name: Self.free("\(variable)_SECRET", environment), value: FreshSecret.text(form))
        var lines = [
            "- adapter: \(Self.scalar(adapter.rawValue))", "  name: \(Self.scalar(name.rawValue))", "  secrets: [\"${\(secret.name)}\"]",
        ]
        var variables = [secret]
        if hasVerifyToken {
            let token = (name: Self.free("\(variable)_VERIFY_TOKEN", environment), value: FreshSecret(.verifyToken).text)
            lines.append("  verify_token: \"${\(token.name)}\"")
            variables.append(token)
        }
        settingsLines = lines
        self.variables = variables
    }

    /// The text of a settings file with the account added and everything else as it was. Throws if `accounts` is a list in brackets, or if
    /// the text would not be read as the same settings with one more account.
    public func added(to yaml: String, environment: SettingsEnvironment) throws(SettingsError) -> String {
        let before = try Settings(yaml: yaml, environment: environment)
        guard !before.accounts.contains(where: { $0.adapter == adapter && $0.name == name }) else {
            throw SettingsError("accounts", "has /webhooks/\(adapter)/\(name) already")
        }
        let text = try edited(yaml)
        let variables = try environment.adding(self)
        guard let after = try? Settings(yaml: text, environment: variables), after.accounts.count == before.accounts.count + 1,
            after.accounts.last.map({ $0.adapter == adapter && $0.name == name }) == true
        else { throw Self.uneditable }
        return text
    }

    static let uneditable = SettingsError(
        "accounts", "is written in a form that this verb does not change: add the account yourself; --print shows what to add")

    private func edited(_ yaml: String) throws(SettingsError) -> String {
        var lines = yaml.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        guard let start = lines.firstIndex(where: { $0.hasPrefix("accounts:") }) else {
            while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
            return (lines + ["accounts:"] + settingsLines.map { "  \($0)" }).joined(separator: "\n") + "\n"
        }
        let value = lines[start].dropFirst("accounts:".count).drop { $0.isWhitespace }
        guard value.isEmpty || value.hasPrefix("#") || value.hasPrefix("[]") else { throw Self.uneditable }
        if value.hasPrefix("[]") { lines[start] = "accounts:" + value.dropFirst(2) }
        let end = Self.end(ofListAt: start, lines)
        let dash = lines[(start + 1)..<end].first { line in line.drop { $0 == " " }.hasPrefix("- ") }
        let indentation = dash.map { String($0.prefix { $0 == " " }) } ?? "  "
        lines.insert(contentsOf: settingsLines.map { indentation + $0 }, at: end)
        return lines.joined(separator: "\n")
    }

    /// The index behind the last line of the list: what is indented or begins with a dash, with the comments inside it.
    private static func end(ofListAt start: Int, _ lines: [String]) -> Int {
        var end = start + 1
        for index in (start + 1)..<max(start + 1, lines.count) {
            let line = lines[index]
            if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { continue }
            guard line.hasPrefix(" ") || line.hasPrefix("- ") else { break }
            end = index + 1
        }
        return end
    }

    /// `WHATSAPP_CLOUD_MAIN`; a name that begins with a digit gets a word in front.
    private static func variable(_ text: String) -> String {
        let name = text.uppercased().map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (name.first?.isNumber == true ? "ACCOUNT_" : "") + String(name)
    }

    private static func free(_ name: String, _ environment: SettingsEnvironment) -> String {
        guard environment[name] != nil else { return name }
        let number = (2...).first { environment["\(name)_\($0)"] == nil } ?? 2
        return "\(name)_\(number)"
    }

    /// A text that YAML could read as a number is quoted.
    private static func scalar(_ text: String) -> String { text.first?.isLetter == true ? text : "\"\(text)\"" }
}

extension SettingsEnvironment {
    /// The variables with those of a new account.
    public func adding(_ addition: AccountAddition) throws(SettingsError) -> SettingsEnvironment {
        let added = Dictionary(addition.variables.map { ($0.name, $0.value) }) { first, _ in first }
        return try SettingsEnvironment(process: all.merging(added) { known, _ in known })
    }
}
