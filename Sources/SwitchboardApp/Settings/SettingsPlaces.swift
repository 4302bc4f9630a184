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

    /// `installed` is the folder of an installed gateway.
    public init(installed: String = installedFolder) { self.init([Self.ofWorkingDirectory, "\(installed)/switchboard.yaml"]) }

    init(_ settings: [String]) { self.settings = settings }

    /// Those of this process: systemd names another folder than `/etc/switchboard` in `CONFIGURATION_DIRECTORY`.
    public static var current: SettingsPlaces {
        let named = ProcessInfo.processInfo.environment["CONFIGURATION_DIRECTORY"]?.split(separator: ":").first
        return named.map { SettingsPlaces(installed: String($0)) } ?? SettingsPlaces()
    }

    /// The settings file that is there; nil where there is none, and all is as by default. A link that leads nowhere was meant to lead to
    /// settings, so it is one.
    public var found: String? { settings.first { SmallFile.isNamed($0) } }

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
