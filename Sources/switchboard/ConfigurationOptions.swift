import ArgumentParser
import Replay
import SwitchboardApp

/// `--config`, for every verb that needs settings.
struct ConfigurationOptions: ParsableArguments {
    @Option(
        name: .customLong("config"),
        help: ArgumentHelp(
            "The settings file.",
            discussion: "Without it, \(Settings.defaultPath) where there is one, else the defaults.",
            valueName: "file"))
    var path: String?

    /// The settings, with accounts for development where they have none: those that a gateway made before, or new ones for one that starts.
    /// Where they are wrong, each problem is told and the verb ends as `badInput`.
    func settings(makingAccounts: Bool = false) throws -> Settings {
        try VerbExit.checkingInput {
            let settings = try Settings.load(path: path, environment: .current())
            return makingAccounts ? try DevelopmentAccounts.complete(settings) : try DevelopmentAccounts.found(for: settings)
        }
    }
}

extension CaptureSigner {
    /// Signs for the accounts of the settings.
    init(_ settings: Settings) throws {
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        self.init { kind, account in adapters[kind, account] }
    }
}
