import Files
import Foundation

/// Where settings and secrets are searched if none are named: in the working directory, then where a gateway is installed.
public struct SettingsPlaces: Sendable, Equatable {
    /// The settings file in the working directory.
    public static let ofWorkingDirectory = "Config/switchboard.yaml"
    /// The folder of an installed gateway (Docs/Operating.md, Install).
    public static let installedFolder = "/etc/switchboard"

    /// The paths that are tried in order; the first existing file is used.
    public let settings: [String]

    /// `installed` are the folders in which an installed gateway may have its settings.
    public init(installed: String...) { self.init(installed: installed) }

    private init(installed folders: [String]) {
        self.init([Self.ofWorkingDirectory] + folders.map { "\($0)/switchboard.yaml" })
    }

    /// The places for a process with this environment: systemd may name other folders than `/etc/switchboard` in `CONFIGURATION_DIRECTORY`,
    /// separated by colons (systemd.exec(5), RuntimeDirectory=; read 2026-11-27).
    init(environment: [String: String]) {
        let named = environment["CONFIGURATION_DIRECTORY"]?.split(separator: ":").map(String.init) ?? []
        self.init(installed: named.isEmpty ? [Self.installedFolder] : named)
    }

    init(_ settings: [String]) { self.settings = settings }

    /// The places of this process.
    public static var current: SettingsPlaces { SettingsPlaces(environment: ProcessInfo.processInfo.environment) }

    /// The settings file that exists; nil if there is none and defaults apply. A broken link, or a file in a folder that is a broken link,
    /// counts as existing, since it was meant to lead to settings.
    public var found: String? { settings.first { SmallFile.isNamed($0) || SmallFile.brokenLink(on: $0) != nil } }

    /// Whether the settings file is in a folder of an installed gateway.
    func isInstalled(_ file: String) -> Bool {
        let folder = { (path: String) in URL(fileURLWithPath: path).standardizedFileURL.deletingLastPathComponent().path }
        return settings.dropFirst().contains { folder($0) == folder(file) }
    }

    /// The file of secrets that systemd passes to an installed gateway, beside the named or found settings; nil if there is none.
    public func environmentFile(besideSettings named: String?) -> String? {
        guard let settings = named ?? found else { return nil }
        let file = URL(fileURLWithPath: settings).deletingLastPathComponent().appendingPathComponent("environment").path
        // A broken link and a folder were meant to be this file, so reading them reports an error.
        return SmallFile.isNamed(file) ? file : nil
    }
}
