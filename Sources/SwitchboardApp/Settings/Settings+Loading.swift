import Files
import Foundation

extension Settings {
    /// Where settings are looked for when nobody names a file.
    public static let defaultPath = "Config/switchboard.yaml"

    /// Reads the file at `path`, which must exist; without a path the default file where there is one, else the defaults and what the
    /// environment says of Supabase.
    public static func load(path: String?, environment: SettingsEnvironment) throws(SettingsError) -> Settings {
        try load(path: path, defaultPath: defaultPath, environment: environment)
    }

    /// Settings may come through a pipe, `--config <(sops --decrypt settings.yaml)`: so long its writer may take for each piece.
    static let patienceWithPipes = Duration.seconds(30)

    static func load(path: String?, defaultPath: String, environment: SettingsEnvironment) throws(SettingsError) -> Settings {
        let source = path ?? defaultPath
        if path == nil, !FileManager.default.fileExists(atPath: source) { return try Settings(yaml: "", environment: environment) }
        let contents: [UInt8]
        do throws(SmallFileError) { contents = try SmallFile(source, awaitingPipe: patienceWithPipes).read() } catch {
            throw SettingsError(source: source, problems: [SettingsProblem(path: "", reason: error.description)])
        }
        do throws(SettingsError) {
            return try Settings(yaml: String(decoding: contents, as: UTF8.self), environment: environment)
        } catch {
            throw SettingsError(source: source, problems: error.problems)
        }
    }
}
