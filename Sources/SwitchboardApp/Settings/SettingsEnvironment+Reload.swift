import Files
import Foundation

// The variables of a process that reads its settings again: its environment is that of its start, while the files have changed.
extension SettingsEnvironment {
    /// The variables of the process that still take precedence over the file. A variable that had the file's value at the start follows the
    /// file: systemd passes the file's variables to the process (EnvironmentFile), and they must not hide a rotated secret.
    func process(now environment: [String: String]) throws(SettingsError) -> [String: String] {
        let handed = try SettingsEnvironment.handedOver(environment["RUNTIME_DIRECTORY"])
        return (handed ?? environment).filter { name, value in !hasInFile(name, value) }
    }

    /// The environment that `switchboard reload` has written for the gateway of a systemd unit; nil if there is none. Only systemd can read
    /// the unit's EnvironmentFile, and it reads it again for each command that it runs.
    private static func handedOver(_ folders: String?) throws(SettingsError) -> [String: String]? {
        guard let file = handoverFile(inRuntimeDirectory: folders), SmallFile.isNamed(file) else { return nil }
        return try SettingsEnvironment(process: [:], dotEnv: contents(of: file, isReload: true), file: file).all
    }

    /// The file by which `switchboard reload` hands over its environment, in the unit's RuntimeDirectory, which only the unit's user can
    /// read and which systemd removes when the unit stops. `folders` is the value of RUNTIME_DIRECTORY, separated by colons.
    static func handoverFile(inRuntimeDirectory folders: String?) -> String? {
        guard let folder = folders?.split(separator: ":").first else { return nil }
        return "\(folder)/environment"
    }

    /// Hands the variables over to a gateway of the same unit, if this process belongs to one.
    public static func handOver(_ environment: [String: String] = ProcessInfo.processInfo.environment) throws(SystemError) {
        guard let file = handoverFile(inRuntimeDirectory: environment["RUNTIME_DIRECTORY"]) else { return }
        let written = environment.filter { VariableExpansion.isName($0.key) && isWritable($0.value) }
        let lines = written.sorted { $0.key < $1.key }.map { "\($0.key)=\(quoted($0.value))\n" }
        try GatewayFile.write(Array(lines.joined().utf8), to: file)
    }

    /// Whether a value can stand in one line of a file.
    private static func isWritable(_ value: String) -> Bool { !value.contains { $0.isNewline && $0 != "\n" } }

    /// A value as `SettingsEnvironment` reads it from a file.
    static func quoted(_ value: String) -> String {
        let escaped = value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
        return "\"\(escaped)\""
    }
}
