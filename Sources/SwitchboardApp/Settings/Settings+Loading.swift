import Files
import Foundation
import Supabase

extension Settings {
    /// Reads the file at `path`, which must exist. Without a path it reads the first existing file of `places`; if there is none, it uses
    /// the defaults and the environment's Supabase variables. With `isReload` only a regular file is read.
    public static func load(
        path: String?, environment: SettingsEnvironment, places: SettingsPlaces = .current, for purpose: SettingsPurpose = .accounts,
        isReload: Bool = false
    ) throws(SettingsError) -> Settings {
        var settings = try read(path, places, isReload: isReload) { yaml throws(SettingsError) in
            try Settings(yaml: yaml, environment: environment, for: purpose)
        }
        settings.file = path ?? places.found
        return settings
    }

    /// The longest wait for each part of settings that come through a pipe, `--config <(sops --decrypt settings.yaml)`.
    private static let patienceWithPipes = Duration.seconds(30)

    /// A file of settings or secrets, which may be a pipe. If nobody writes to the pipe for a second, a line on standard error says what
    /// the program is waiting for. A gateway that reads its files again does not wait: whoever can put a pipe there would delay its end.
    static func awaited(_ path: String, isReload: Bool) -> SmallFile {
        guard !isReload else { return SmallFile(path) }
        return SmallFile(path, awaitingPipe: patienceWithPipes) {
            let line = "switchboard: waiting up to \(patienceWithPipes.components.seconds) seconds for the pipe \(path)\n"
            try? FileHandle.standardError.write(contentsOf: Data(line.utf8))
        }
    }

    /// Only `supabase.schema` of the file that `load` reads, for a verb that only prints scripts.
    public static func schema(path: String?, environment: SettingsEnvironment) throws(SettingsError) -> SchemaName {
        try read(path, .current, isReload: false) { yaml throws(SettingsError) in try schema(yaml: yaml, environment: environment) }
    }

    /// Only `server` of the file that `load` reads, for a verb that only asks the gateway.
    public static func server(path: String?, environment: SettingsEnvironment) throws(SettingsError) -> Server {
        try read(path, .current, isReload: false) { yaml throws(SettingsError) in try server(yaml: yaml, environment: environment) }
    }

    /// Calls `body` with the file's text and adds the file's name to its errors. The text is empty if no file is named or found.
    private static func read<Value>(
        _ path: String?, _ places: SettingsPlaces, isReload: Bool, _ body: (String) throws(SettingsError) -> Value
    ) throws(SettingsError) -> Value {
        guard let source = path ?? places.found else { return try body("") }
        let contents: [UInt8]
        do throws(SmallFileError) { contents = try awaited(source, isReload: isReload).read() } catch {
            throw SettingsError(source: source, problems: [SettingsProblem(error, file: source)])
        }
        do throws(SettingsError) { return try body(String(decoding: contents, as: UTF8.self)) } catch {
            throw SettingsError(source: source, problems: error.problems)
        }
    }
}
