import Files
import Foundation
import Supabase

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
        try read(path, defaultPath: defaultPath) { yaml throws(SettingsError) in try Settings(yaml: yaml, environment: environment) }
    }

    /// `supabase.schema` alone, of the file that `load` reads. A verb that only prints scripts needs nothing else of the settings.
    public static func schema(path: String?, environment: SettingsEnvironment) throws(SettingsError) -> SchemaName {
        try read(path, defaultPath: defaultPath) { yaml throws(SettingsError) in try schema(yaml: yaml, environment: environment) }
    }

    /// Calls `body` with the text of the file; what it throws names the file. Without a path and without the default file the text is empty.
    private static func read<Value>(
        _ path: String?, defaultPath: String, _ body: (String) throws(SettingsError) -> Value
    ) throws(SettingsError) -> Value {
        let source = path ?? defaultPath
        if path == nil, !FileManager.default.fileExists(atPath: source) { return try body("") }
        let contents: [UInt8]
        do throws(SmallFileError) { contents = try SmallFile(source, awaitingPipe: patienceWithPipes).read() } catch {
            throw SettingsError(source: source, problems: [SettingsProblem(path: "", reason: error.description)])
        }
        do throws(SettingsError) { return try body(String(decoding: contents, as: UTF8.self)) } catch {
            throw SettingsError(source: source, problems: error.problems)
        }
    }
}
