import Files
import Foundation
import Messaging

/// The two files to which a new account is added.
public struct AccountFiles: Sendable {
    /// The settings file.
    public let settings: String
    /// The file with the variables of the settings.
    public let environment: String
    /// The options with which other verbs find the same files; empty if they find them without.
    let options: String

    /// `environment` is the file of variables that the user named. Without it, it is the one that the settings use: `environment` beside
    /// them, which is created for an installed gateway, or else `.env`. Throws if no settings file is named or found.
    public init(settings: String?, environment: String?, places: SettingsPlaces = .current) throws(SettingsError) {
        guard let found = settings ?? places.found else {
            throw SettingsError("", "there is no settings file: name one by --config, or create \(SettingsPlaces.ofWorkingDirectory)")
        }
        self.settings = found
        options = (settings.map { " --config \($0)" } ?? "") + (environment.map { " --env-file \($0)" } ?? "")
        self.environment =
            environment ?? places.environmentFile(besideSettings: found)
            ?? (places.isInstalled(found) ? "\(GatewayFile.folder(of: found))/environment" : SettingsEnvironment.defaultFile)
    }

    /// Adds an account, its variables first, so that the settings never name one that no file has. Nobody else who uses this function changes
    /// the files meanwhile; `variables` reads the variables once that is so. `warn` is called before anything is changed. With `onlyPrints`
    /// no file is changed. Throws `AccountFilesBusy` if others keep changing the files.
    public func add(
        _ adapter: AdapterKind, _ name: AccountName, onlyPrints: Bool, variables: () throws -> SettingsEnvironment, warn: (String) -> Void
    ) throws -> AccountReport {
        func add() throws -> AccountReport {
            let (variables, text) = (try variables(), try EditedFile(settings).text())
            return try self.add(
                AccountAddition(adapter, name, for: text, environment: variables), to: text, variables, onlyPrints: onlyPrints, warn: warn)
        }
        guard !onlyPrints else { return try add() }
        do {
            return try FolderLock.holding(foldersOf: [EditedFile(settings).path, EditedFile(environment).path], add)
        } catch let error as SystemError {
            guard error.code == EWOULDBLOCK else { throw SettingsError("", "the folder of \(settings) or \(environment): \(error)") }
            throw AccountFilesBusy(path: settings)
        }
    }

    private func add(
        _ account: AccountAddition, to former: String, _ variables: SettingsEnvironment, onlyPrints: Bool, warn: (String) -> Void
    ) throws -> AccountReport {
        let before: Settings
        let text: String?
        do throws(SettingsError) {
            before = try Settings(edited: former, environment: variables)
            text = try added(account, to: former, variables, onlyPrints: onlyPrints)
        } catch {
            throw error == account.isThere ? error : SettingsError(source: settings, problems: error.problems)
        }
        let warnings = AccountWarnings(account, self, before).all
        warnings.forEach(warn)
        let report = AccountReport(
            account, self, publicURL: before.server.publicURL, warnings: warnings,
            instruction: onlyPrints ? AccountList(of: former).instruction(for: account, file: settings) : nil)
        guard !onlyPrints, let text else { return report }
        let secrets = EditedFile(environment)
        let formerSecrets = try secrets.text()
        try secrets.replace(by: Self.adding(account.variables, to: formerSecrets))
        do throws(SettingsError) { try EditedFile(settings).replace(by: text) } catch {
            try secrets.replace(by: formerSecrets)
            throw error
        }
        return report
    }

    /// Nil for a file that cannot be edited; what to add can still be printed.
    private func added(
        _ account: AccountAddition, to text: String, _ variables: SettingsEnvironment, onlyPrints: Bool
    ) throws(SettingsError) -> String? {
        do throws(SettingsError) { return try account.added(to: text, environment: variables) } catch {
            guard onlyPrints, error == AccountAddition.uneditable else { throw error }
            return nil
        }
    }

    /// The text of a file of secrets with variables added. One that is there without a value gets its value there; one with a value keeps it.
    static func adding(_ variables: [AccountAddition.Variable], to text: String) -> String {
        var text = text
        for variable in variables {
            let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            guard let line = lines.last(where: { $0.hasPrefix("\(variable.name)=") }) else {
                text = appended(variable.lines, to: text)
                continue
            }
            guard line.dropFirst(variable.name.count + 1).allSatisfy(\.isWhitespace) else { continue }
            text.replaceSubrange(line.startIndex..<line.endIndex, with: "\(variable.name)=\(variable.value)")
        }
        return text
    }

    /// The lines at the end of the text; they end as its first line does.
    static func appended(_ lines: [String], to text: String) -> String {
        let end = text.first { $0.isNewline } == "\r\n" ? "\r\n" : "\n"
        let gap = text.isEmpty || text.last?.isNewline == true ? "" : end
        return text + gap + lines.map { $0 + end }.joined()
    }
}

/// Another process was changing the settings for too long.
public struct AccountFilesBusy: Error, CustomStringConvertible {
    let path: String

    public var description: String { "another command is changing files in the folder of \(path): try again" }
}
