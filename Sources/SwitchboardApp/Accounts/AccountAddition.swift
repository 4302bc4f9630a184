import Messaging

/// An account to be added to a settings file: its lines there, and the lines of its variables.
public struct AccountAddition: Sendable {
    /// A variable of the account, as it is added to the file of secrets.
    public struct Variable: Sendable, Equatable {
        public let name: String
        /// Random, or empty if somebody else gives the value. A random text would look like the right one, and a known one would let
        /// everybody sign; an empty secret is refused by every start and reload.
        public let value: String
        /// What the value is, for a comment above it; nil if the value is complete.
        public let comment: String?

        /// Its lines in the file of secrets.
        var lines: [String] { (comment.map { ["# \($0)"] } ?? []) + ["\(name)=\(value)"] }
    }

    public let adapter: AdapterKind
    public let name: AccountName
    /// The account's members in the settings, in YAML.
    let members: [(key: String, value: String)]
    /// The variables of the account, in the order of the settings; the first is that of its secret.
    public let variables: [Variable]
    /// What the secret is, if the provider gives it, and where it is shown; nil if the account has a random one.
    public let givenSecret: String?
    /// The variable of the token that must be entered at the provider; nil if there is none.
    public let verifyToken: String?
    /// The variables with which `doctor --account` asks the provider.
    public let tokens: [String]

    /// Why a text is no account's name, as a predicate; nil if it is one.
    public static func fault(ofName text: String) -> String? {
        let form = ScalarForm<AccountName>.accountName
        return form.read(text) == nil ? "must be \(form.expectation)" : nil
    }

    /// Throws if there is no such adapter. A variable that the file of secrets has already is used if it fits and the text of the
    /// settings, `yaml`, does not use it: it was prepared for this account, or is left from an addition that was interrupted.
    public init(_ adapter: AdapterKind, _ name: AccountName, for yaml: String = "", environment: SettingsEnvironment) throws(SettingsError)
    {
        guard let traits = AdapterRegistry.shipped.traits(of: adapter) else {
            throw SettingsError("adapter", AdapterRegistry.shipped.unknown(adapter).reason)
        }
        self.adapter = adapter
        self.name = name
        givenSecret = traits.sender == .provider ? traits.givenSecret ?? "the secret that the provider shows" : nil
        let names = VariableNames(prefix: "\(adapter)_\(name)", yaml: yaml, environment: environment)
        let secretName = names.name("SECRET", as: givenSecret == nil ? .webhookSecret : .givenSecret)
        let secret =
            givenSecret.map { Variable(name: secretName, value: "", comment: "\($0). Required.") }
            ?? Variable(name: secretName, value: FreshSecret.text(traits.development?.secret ?? .standardWebhooks), comment: nil)
        var members = [
            (key: "adapter", value: Self.scalar(adapter.rawValue)), ("name", Self.scalar(name.rawValue)),
            ("secrets", "[\"${\(secret.name)}\"]"),
        ]
        var variables = [secret]
        verifyToken = traits.settings.contains(.verifyToken) ? names.name("VERIFY_TOKEN", as: .givenSecret) : nil
        if let verifyToken {
            members.append(("verify_token", "\"${\(verifyToken)}\""))
            variables.append(Variable(name: verifyToken, value: FreshSecret(.verifyToken).text, comment: nil))
        }
        let asked = traits.apiSettings.filter(\.isOffered).map { setting in
            let end = setting.key.uppercased()
            return (
                key: setting.key, variable: setting.form == .secret ? names.name(end, as: .givenSecret) : names.name(end, as: .providerID)
            )
        }
        tokens = asked.map(\.variable)
        for (key, variable) in asked {
            members.append((key, "\"${\(variable):-}\""))
            variables.append(
                Variable(name: variable, value: "", comment: "For `switchboard doctor --account \(adapter)/\(name)`; it may stay empty."))
        }
        self.members = members
        self.variables = variables
    }

    /// The account's lines in the settings, as an element of a list.
    public var settingsLines: [String] {
        members.enumerated().map { index, member in "\(index == 0 ? "- " : "  ")\(member.key): \(member.value)" }
    }

    /// The same in one line, for a list in brackets.
    var settingsLine: String { "{ \(members.map { "\($0.key): \($0.value)" }.joined(separator: ", ")) }" }

    /// The variables' lines in the file of secrets.
    var variableLines: [String] { variables.flatMap(\.lines) }

    /// The text of a settings file with the account added and everything else as it was. Variables need not be set. Throws if the file has
    /// the account already, if `accounts` is a list in brackets, or if the text would not be read as the same settings with one more account.
    public func added(to yaml: String, environment: SettingsEnvironment) throws(SettingsError) -> String {
        let before = try Settings(edited: yaml, environment: environment)
        guard !before.accounts.contains(where: { $0.adapter == adapter && $0.name == name }) else {
            throw isThere
        }
        let text = try AccountList(of: yaml).appending(self)
        guard let after = try? Settings(edited: text, environment: environment), after.accounts.count == before.accounts.count + 1,
            after.accounts.last.map({ $0.adapter == adapter && $0.name == name }) == true
        else { throw Self.uneditable }
        return text
    }

    /// Why an account cannot be added that the settings have.
    var isThere: SettingsError {
        SettingsError("", "there is already an account \(adapter)/\(name); nothing was changed. To replace its secret, edit the settings")
    }

    static let uneditable = SettingsError(
        "accounts", "is written in a form that this verb does not change: add the account yourself; --print shows what to add")

    /// A text that YAML could read as a number or as nothing is quoted.
    private static func scalar(_ text: String) -> String {
        text.first?.isLetter == true && text.lowercased() != "null" ? text : "\"\(text)\""
    }
}
