import Files
import Foundation

/// Where settings and secrets are looked for where nobody names them: in the working directory, then where a gateway is installed.
public struct SettingsPlaces: Sendable, Equatable {
    /// The settings of the working directory.
    public static let ofWorkingDirectory = "Config/switchboard.yaml"
    /// The folder of an installed gateway (Docs/Operating.md, Install).
    public static let installedFolder = "/etc/switchboard"

    /// The files that are looked for, the first of which that is there counts.
    public let settings: [String]

    /// `installed` are the folders that an installed gateway may have its settings in.
    public init(installed: String...) { self.init(installed: installed) }

    private init(installed folders: [String]) {
        self.init([Self.ofWorkingDirectory] + folders.map { "\($0)/switchboard.yaml" })
    }

    /// Where to look in a process with this environment: systemd names other folders than `/etc/switchboard` in `CONFIGURATION_DIRECTORY`, with
    /// colons between them (systemd.exec(5), RuntimeDirectory=; read 2026-11-27).
    init(environment: [String: String]) {
        let named = environment["CONFIGURATION_DIRECTORY"]?.split(separator: ":").map(String.init) ?? []
        self.init(installed: named.isEmpty ? [Self.installedFolder] : named)
    }

    init(_ settings: [String]) { self.settings = settings }

    /// Those of this process.
    public static var current: SettingsPlaces { SettingsPlaces(environment: ProcessInfo.processInfo.environment) }

    /// The settings file that is there; nil where there is none, and all is as by default. A link that leads nowhere was meant to lead to
    /// settings, so it is one, and so is a file in a folder that is such a link.
    public var found: String? { settings.first { SmallFile.isNamed($0) || SmallFile.brokenLink(on: $0) != nil } }

    /// The file of secrets that systemd gives to an installed gateway, beside the settings that were named or found; nil where there is none.
    public func environmentFile(besideSettings named: String?) -> String? {
        guard let settings = named ?? found else { return nil }
        let file = URL(fileURLWithPath: settings).deletingLastPathComponent().appendingPathComponent("environment").path
        var isFolder: ObjCBool = false
        // A link that leads nowhere was meant to lead to secrets: reading it says so.
        guard FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) else { return SmallFile.isNamed(file) ? file : nil }
        return isFolder.boolValue ? nil : file
    }
}
