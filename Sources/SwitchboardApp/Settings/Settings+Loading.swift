import Files
import Foundation
import Supabase

extension Settings {
    /// Reads the file at `path`, which must exist; without a path the first that is in one of the `places`, else the defaults and what the
    /// environment says of Supabase.
    public static func load(
        path: String?, environment: SettingsEnvironment, places: SettingsPlaces = .current, for purpose: SettingsPurpose = .look
    ) throws(SettingsError) -> Settings {
        var settings = try read(path, places) { yaml throws(SettingsError) in
            try Settings(yaml: yaml, environment: environment, for: purpose)
        }
        settings.file = path ?? places.found
        return settings
    }

    /// Settings may come through a pipe, `--config <(sops --decrypt settings.yaml)`: so long its writer may take for each piece.
    static let patienceWithPipes = Duration.seconds(30)

    /// `supabase.schema` alone, of the file that `load` reads. A verb that only prints scripts needs nothing else of the settings.
    public static func schema(path: String?, environment: SettingsEnvironment) throws(SettingsError) -> SchemaName {
        try read(path, .current) { yaml throws(SettingsError) in try schema(yaml: yaml, environment: environment) }
    }

    /// Calls `body` with the text of the file; what it throws names the file. Where no file is named and none is there the text is empty.
    private static func read<Value>(
        _ path: String?, _ places: SettingsPlaces, _ body: (String) throws(SettingsError) -> Value
    ) throws(SettingsError) -> Value {
        guard let source = path ?? places.found else { return try body("") }
        let contents: [UInt8]
        do throws(SmallFileError) { contents = try SmallFile(source, awaitingPipe: patienceWithPipes).read() } catch {
            throw SettingsError(source: source, problems: [SettingsProblem(path: "", reason: error.description)])
        }
        do throws(SettingsError) { return try body(String(decoding: contents, as: UTF8.self)) } catch {
            throw SettingsError(source: source, problems: error.problems)
        }
    }
}
