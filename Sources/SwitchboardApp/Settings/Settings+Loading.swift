import Foundation

extension Settings {
    /// Where settings are looked for when nobody names a file.
    public static let defaultPath = "Config/switchboard.yaml"

    /// Reads the file at `path`, which must exist; without a path the default file where there is one, else the defaults and what the
    /// environment says of Supabase.
    public static func load(path: String?, environment: SettingsEnvironment) throws(SettingsError) -> Settings {
        try load(path: path, defaultPath: defaultPath, environment: environment)
    }

    static func load(path: String?, defaultPath: String, environment: SettingsEnvironment) throws(SettingsError) -> Settings {
        let source = path ?? defaultPath
        if path == nil, !FileManager.default.fileExists(atPath: source) { return try Settings(yaml: "", environment: environment) }
        guard let contents = FileManager.default.contents(atPath: source) else {
            throw SettingsError(
                source: source, problems: [SettingsProblem(path: "", reason: "there is no such file, or it may not be read")])
        }
        do throws(SettingsError) {
            return try Settings(yaml: String(decoding: contents, as: UTF8.self), environment: environment)
        } catch {
            throw SettingsError(source: source, problems: error.problems)
        }
    }
}
