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

    /// The settings, with accounts for development where they have none.
    func settings() throws -> Settings {
        try DevelopmentAccounts.complete(Settings.load(path: path, environment: .current()))
    }
}

extension CaptureSigner {
    /// Signs for the accounts of the settings.
    init(_ settings: Settings) throws {
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        self.init { kind, account in adapters[kind, account] }
    }
}
