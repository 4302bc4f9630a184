import Files
import Foundation
import Messaging
import Signing

/// Accounts for development: one per adapter that describes what it needs, with random secrets in a private file beside the journal, and an
/// operator.
public enum DevelopmentAccounts {
    /// The settings unchanged if they have accounts. Otherwise they get the accounts of the development file, created at the first call, if
    /// only this machine can reach the server; an error if others can.
    public static func complete(_ settings: Settings) throws(SettingsError) -> Settings {
        guard settings.accounts.isEmpty else { return settings }
        if let refusal = refusal(of: settings) {
            throw SettingsError(source: settings.file, problems: [SettingsProblem(path: "accounts", reason: refusal)])
        }
        let path = path(for: settings)
        if !SmallFile.isNamed(path) { try create(path) }
        return try found(for: settings)
    }

    /// Why a gateway without accounts does not start, as a predicate for the key `accounts`; nil if it has accounts or may create some.
    static func refusal(of settings: Settings) -> String? {
        guard settings.accounts.isEmpty, !settings.server.isLoopback else { return nil }
        return "is empty, and \(settings.server.host) can be reached from elsewhere: configure at least one account with its secrets, "
            + "or listen on 127.0.0.1 (server.host) for accounts with secrets of their own"
    }

    /// The settings with the accounts of the development file, if it exists and they have none, and with its operator, if they have none;
    /// otherwise unchanged.
    public static func found(for settings: Settings) throws(SettingsError) -> Settings {
        let path = path(for: settings)
        guard settings.accounts.isEmpty, settings.server.isLoopback, SmallFile.isNamed(path) else { return settings }
        var completed = settings
        let environment = try SettingsEnvironment(process: [:])
        let made = try Settings.load(path: path, environment: environment)
        completed.accounts = made.accounts
        if completed.operators.isEmpty, !made.operators.isEmpty {
            completed.operators = made.operators
            completed.hasDevelopmentOperator = true
        }
        for index in completed.accounts.indices { completed.accounts[index].publicURL = settings.server.publicURL }
        completed.hasDevelopmentAccounts = true
        return completed
    }

    /// What a start without accounts had made and what these settings no longer use, since they have accounts: the paths of accounts and the
    /// names of operators, both empty if there is nothing of the kind.
    static func unused(by settings: Settings) -> (accounts: [String], operators: [String]) {
        let path = path(for: settings)
        guard !settings.accounts.isEmpty, !settings.hasDevelopmentAccounts, SmallFile.isNamed(path),
            let environment = try? SettingsEnvironment(process: [:]), let made = try? Settings.load(path: path, environment: environment)
        else { return ([], []) }
        let (accounts, tokens) = (Set(settings.accounts.map(\.path)), Set(settings.operators.flatMap(\.tokens)))
        return (
            made.accounts.map(\.path).filter { !accounts.contains($0) },
            made.operators.filter { tokens.isDisjoint(with: $0.tokens) }.map(\.name)
        )
    }

    /// The advice for settings without accounts for which a start would create some; nil in all other cases.
    public static func hint(for settings: Settings) -> String? {
        guard settings.accounts.isEmpty, settings.server.isLoopback else { return nil }
        return """
            run this in the gateway's folder, or name its settings (--config, SWITCHBOARD_CONFIG). If no gateway ever ran here, the first start \
            of `switchboard serve` creates accounts for development
            """
    }

    /// The path of the development file.
    public static func path(for settings: Settings) -> String {
        URL(fileURLWithPath: settings.journal.path).deletingLastPathComponent().appendingPathComponent("development.yaml").path
    }

    private static func makeYAML() -> String {
        let accounts = AdapterRegistry.shipped.traits.flatMap { traits in traits.development.map { lines(of: $0, traits) } ?? [] }
        return """
            # Accounts and an operator for development, made because the settings have no accounts. Delete the file for new secrets.
            accounts:
            \(accounts.joined(separator: "\n"))
            operators:
              - name: development
                token: "\(Hex.encode(SecureRandom.bytes(32)))"

            """
    }

    private static func lines(of account: DevelopmentAccount, _ traits: AdapterTraits) -> [String] {
        let verifyToken = traits.settings.contains(.verifyToken) ? ["    verify_token: \"\(Hex.encode(SecureRandom.bytes(16)))\""] : []
        return ["  - adapter: \(traits.kind)", "    name: \(account.name)", "    secrets: [\"\(FreshSecret.text(account.secret))\"]"]
            + verifyToken
    }

    /// Writes the file completely under another name first; if another process was faster, its file stays.
    private static func create(_ path: String) throws(SettingsError) {
        do throws(SystemError) {
            try GatewayFile.makeFolder(GatewayFile.folder(of: path))
            try GatewayFile.writeNew(Array(makeYAML().utf8), to: path)
        } catch {
            guard error.code != EEXIST else { return }
            let reason = GatewayFile.fileInTheWay(of: path).map { "\($0) is a file, not a folder" } ?? "\(error)"
            throw SettingsError("journal.path", "the file for accounts for development, \(path), cannot be made: \(reason)")
        }
    }
}
