import ArgumentParser
import Foundation
import Replay
import SwitchboardApp

/// `--config`, for every verb that needs settings.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The settings file.",
            discussion: """
                Default: the file that the variable \(variable) names, else \(SettingsPlaces.ofWorkingDirectory), else \
                \(SettingsPlaces.installedFolder)/switchboard.yaml (systemd's variable CONFIGURATION_DIRECTORY replaces that folder). If none of them exists, every setting has its default.
                """,
            valueName: "file"), completion: .file())
    private var named: String?

    @Option(
        name: .customLong("env-file"),
        help: ArgumentHelp(
            "A file of NAME=VALUE lines: the variables that the settings refer to.",
            discussion: """
                Default: the file that the variable \(environmentVariable) names, else the file `environment` in the folder of the settings, \
                else .env in the working directory. A variable that is set in the environment takes precedence over the file.
                """,
            valueName: "file"), completion: .file())
    private var environmentFile: String?

    private static let variable = "SWITCHBOARD_CONFIG"
    private static let environmentVariable = "SWITCHBOARD_ENV_FILE"

    /// The settings file that the user named, by option or environment.
    var path: String? { named ?? Self.value(of: Self.variable) }

    /// The file of variables that the user named, by option or environment.
    var environmentPath: String? { environmentFile ?? Self.value(of: Self.environmentVariable) }

    /// The variables that settings may contain.
    func environment(since start: SettingsEnvironment? = nil, isReload: Bool = false) throws(SettingsError) -> SettingsEnvironment {
        try .current(file: environmentPath, settings: path, since: start, isReload: isReload)
    }

    private static func value(of variable: String) -> String? {
        ProcessInfo.processInfo.environment[variable].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The settings. Settings without accounts get development accounts: those that a gateway created before, or new ones if `purpose` is
    /// to serve. If the settings are wrong, each problem is printed and the verb ends with `badInput`.
    func settings(for purpose: SettingsPurpose = .journal) throws -> Settings {
        try VerbExit.checkingInput { try settings(with: environment(), for: purpose) }
    }

    /// The same with variables that were read before; throws the settings' problems. With `isReload` no accounts are created, and no pipe
    /// is read.
    func settings(
        with environment: SettingsEnvironment, for purpose: SettingsPurpose, isReload: Bool = false
    ) throws(SettingsError) -> Settings {
        let settings = try Settings.load(path: path, environment: environment, for: purpose, isReload: isReload)
        return purpose == .serve && !isReload ? try DevelopmentAccounts.complete(settings) : try DevelopmentAccounts.found(for: settings)
    }
}

extension CaptureSigner {
    /// Signs for the accounts of the settings.
    init(_ settings: Settings) throws {
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        self.init(hint: DevelopmentAccounts.hint(for: settings)) { kind, account in adapters[kind, account] }
    }
}
