import Files
import Foundation
import Messaging
import Supabase

/// What an operator should know before an account is added: nothing of it prevents the addition.
struct AccountWarnings {
    private let account: AccountAddition
    private let files: AccountFiles
    private let before: Settings

    /// `before` are the settings without the account.
    init(_ account: AccountAddition, _ files: AccountFiles, _ before: Settings) {
        self.account = account
        self.files = files
        self.before = before
    }

    var all: [String] { [development, publicURL, workingDirectory].compactMap(\.self) + access }

    /// With a first account of their own, the settings no longer get those for development.
    private var development: String? {
        guard before.accounts.isEmpty, let used = try? DevelopmentAccounts.found(for: before), used.hasDevelopmentAccounts else {
            return nil
        }
        let paths = used.accounts.map(\.path).joined(separator: ", ")
        var text = """
            the accounts for development (\(DevelopmentAccounts.path(for: before))) are used only while the settings have no accounts: after the \
            next reload or start, \(paths) no longer exist, except an account that you add under the same path, whose secret is the new one
            """
        if used.hasDevelopmentOperator {
            let names = used.operators.map { "“\($0.name)”" }.joined(separator: ", ")
            text += """
                . The operator \(names) no longer exists either, so nobody can open /console, /admin and /events until the settings name one \
                under `operators` (`switchboard secret new --kind operator` prints a token)
                """
        }
        return text
    }

    /// Only providers post from elsewhere.
    private var publicURL: String? {
        let url = before.server.publicURL
        guard account.givenSecret != nil else { return nil }
        let isLocal = before.server.isPublicURLLoopback || url.contains("://0.0.0.0") || url.contains("://[::]")
        guard isLocal || !url.hasPrefix("https://") else { return nil }
        let shown = MaskedURL.text(url)
        let fault =
            isLocal ? "the provider cannot reach \(shown), which is only this machine" : "\(shown) is not https, and providers refuse that"
        let isDerived = url == before.server.ownURL
        return
            "\(isDerived ? "server.public_url is not set: " : "server.public_url: ")\(fault). Set it to the https address to which the provider posts"
    }

    /// `.env` is found only by what runs in the same folder.
    private var workingDirectory: String? {
        let folder = FileManager.default.currentDirectoryPath
        guard files.environment == SettingsEnvironment.defaultFile,
            !URL(fileURLWithPath: files.settings).standardizedFileURL.path.hasPrefix(folder == "/" ? "/" : "\(folder)/")
        else { return nil }
        return """
            the variables are in \(folder)/.env, which a gateway reads only if it runs in \(folder): otherwise move them to a file \
            `environment` beside \(files.settings)
            """
    }

    /// The same that doctor finds.
    private var access: [String] {
        var settings = before
        settings.file = files.settings
        settings.environmentFile = SmallFile.isNamed(files.environment) ? files.environment : nil
        return SettingsFileRules(settings).findings.map { finding in "\(finding.message)\(finding.advice.map { ": \($0)" } ?? "")" }
    }
}
