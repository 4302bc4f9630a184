import JSON
import Messaging
import Supabase

/// The two files to which a new account is added.
public struct AccountFiles: Sendable {
    /// The settings file.
    public let settings: String
    /// The file with the variables of the settings.
    public let environment: String

    /// Throws if no settings file is named or found.
    public init(settings: String?, environment: String, places: SettingsPlaces = .current) throws(SettingsError) {
        guard let found = settings ?? places.found else {
            throw SettingsError("", "there is no settings file: name one by --config, or create \(SettingsPlaces.ofWorkingDirectory)")
        }
        self.settings = found
        self.environment = environment
    }

    /// Adds an account, its variables first, so that the settings never name one that is not set. With `onlyPrints` no file is changed.
    public func add(_ account: AccountAddition, _ variables: SettingsEnvironment, onlyPrints: Bool) throws -> AccountReport {
        let file = EditedFile(settings)
        let former = try file.text()
        let text: String
        do throws(SettingsError) { text = try account.added(to: former, environment: variables) } catch {
            // What cannot be edited can still be printed.
            guard onlyPrints, error == AccountAddition.uneditable else { throw SettingsError(source: settings, problems: error.problems) }
            text = ""
        }
        let read = text.isEmpty ? Settings() : try Settings(yaml: text, environment: variables.adding(account))
        if !onlyPrints {
            let secrets = EditedFile(environment)
            try secrets.replace(by: Self.appended(account.variables, to: try secrets.text()))
            try file.replace(by: text)
        }
        return AccountReport(account, self, publicURL: read.accounts.last?.publicURL ?? read.server.publicURL, isPrinted: onlyPrints)
    }

    private static func appended(_ variables: [(name: String, value: String)], to text: String) -> String {
        let end = text.isEmpty || text.hasSuffix("\n") ? "" : "\n"
        return text + end + variables.map { "\($0.name)=\($0.value)\n" }.joined()
    }
}

/// What was added for an account, or is to be added, and what comes next.
public struct AccountReport: Sendable {
    private let account: AccountAddition
    private let files: AccountFiles
    private let url: String
    private let isPrinted: Bool

    init(_ account: AccountAddition, _ files: AccountFiles, publicURL: String, isPrinted: Bool) {
        self.account = account
        self.files = files
        url = "\(MaskedURL.text(publicURL))/webhooks/\(account.adapter)/\(account.name)"
        self.isPrinted = isPrinted
    }

    /// For a person: the lines, if they are only printed, and the next steps.
    public var text: String {
        var lines: [String] = []
        if isPrinted {
            lines += ["Add to the list `accounts` of \(files.settings):", ""] + account.settingsLines.map { "  \($0)" }
            lines += ["", "Add to \(files.environment):", ""] + account.variables.map { "  \($0.name)=\($0.value)" } + [""]
        } else {
            let names = account.variables.map(\.name).joined(separator: ", ")
            lines.append("Added \(account.adapter)/\(account.name) to \(files.settings), and to \(files.environment): \(names)")
        }
        return (lines + ["Next:"] + steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }).joined(separator: "\n")
    }

    private var steps: [String] {
        let names = account.variables.map(\.name)
        var steps: [String] = []
        if account.isSecretGiven {
            steps.append("In \(files.environment), replace the value of \(names[0]) by the secret that the provider shows.")
        }
        steps.append("Reload the gateway: systemctl reload switchboard, or kill -HUP and its process.")
        steps.append(
            account.isSecretGiven
                ? "Enter this URL at the provider: \(url)" : "Give the sender the secret (the value of \(names[0])) and this URL: \(url)")
        if account.hasVerifyToken, names.count > 1 { steps.append("Enter the value of \(names[1]) there as the verify token.") }
        return steps
    }

    /// One JSON object; with the variables' values only if no file was changed.
    public var json: String {
        var writer = JSONWriter()
        writer.object { object in
            object.member("url", url)
            object.member("settings_file", files.settings)
            object.member("environment_file", files.environment)
            object.member("changed", !isPrinted)
            object.member("settings", account.settingsLines.joined(separator: "\n"))
            object.key("variables")
            object.array { list in
                for variable in account.variables {
                    list.object { entry in
                        entry.member("name", variable.name)
                        entry.member("value", ifPresent: isPrinted ? variable.value : nil)
                    }
                }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
