import Foundation
import Messaging
import Testing

@testable import SwitchboardApp

@Suite("Where settings and secrets are looked for")
struct SettingsPlacesTests {
    private static let yaml = """
        accounts: [{ adapter: whatsapp-cloud, name: main, secrets: ["${WHATSAPP_APP_SECRET}"] }]
        """

    @Test("An installed gateway's settings are found, with the secrets beside them")
    func installed() throws {
        try TemporaryFolder.with { folder in
            #expect(SettingsPlaces(installed: folder).settings == ["Config/switchboard.yaml", "\(folder)/switchboard.yaml"])
            // The tests run in a checkout, where the first of the two paths exists.
            let places = SettingsPlaces(["\(folder)/nothing.yaml", "\(folder)/switchboard.yaml"])
            #expect(places.found == nil && places.environmentFile(besideSettings: nil) == nil)

            try Self.yaml.write(toFile: "\(folder)/switchboard.yaml", atomically: true, encoding: .utf8)
            #expect(places.found == "\(folder)/switchboard.yaml")
            let without = try SettingsEnvironment.current(places: places)
            #expect(without.file == ".env" && without["WHATSAPP_APP_SECRET"] == nil)

            try "WHATSAPP_APP_SECRET=a-secret-of-whatsapp\n".write(toFile: "\(folder)/environment", atomically: true, encoding: .utf8)
            let environment = try SettingsEnvironment.current(places: places)
            #expect(environment.file == "\(folder)/environment")
            let settings = try Settings.load(path: nil, environment: environment, places: places)
            #expect(settings.accounts.map(\.path) == ["/webhooks/whatsapp-cloud/main"])
            #expect(settings.file == "\(folder)/switchboard.yaml")
        }
    }

    @Test(
        "systemd may name several folders, with colons between them",
        arguments: [
            (nil, ["/etc/switchboard"]), ("", ["/etc/switchboard"]), ("/etc/a", ["/etc/a"]), ("/etc/a:/etc/b", ["/etc/a", "/etc/b"]),
        ])
    func configurationDirectories(variable: String?, folders: [String]) {
        let places = SettingsPlaces(environment: variable.map { ["CONFIGURATION_DIRECTORY": $0] } ?? [:])
        #expect(places.settings == ["Config/switchboard.yaml"] + folders.map { "\($0)/switchboard.yaml" })
    }

    @Test("Settings in a folder that is a dangling link do not count as missing")
    func danglingFolder() throws {
        try TemporaryFolder.with { folder in
            let places = SettingsPlaces(["\(folder)/Config/switchboard.yaml"])
            #expect(places.found == nil)
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/Config", withDestinationPath: "/nowhere")
            #expect(places.found == "\(folder)/Config/switchboard.yaml")
            let error = #expect(throws: SettingsError.self) {
                try Settings.load(path: nil, environment: SettingsEnvironment(process: [:]), places: places)
            }
            #expect(error?.description.contains("\(folder)/Config is a symbolic link to /nowhere, which does not exist") == true)
        }
    }

    @Test("Named settings use the secrets beside them too; a named file of secrets takes precedence")
    func named() throws {
        try TemporaryFolder.with { folder in
            for (name, value) in [("environment", "beside"), ("other", "named")] {
                try "WHO=\(value)\n".write(toFile: "\(folder)/\(name)", atomically: true, encoding: .utf8)
            }
            let settings = "\(folder)/a.yaml"
            #expect(try SettingsEnvironment.current(settings: settings, places: SettingsPlaces(installed: "/nowhere"))["WHO"] == "beside")
            let named = try SettingsEnvironment.current(file: "\(folder)/other", settings: settings)
            #expect(named["WHO"] == "named" && named.file == "\(folder)/other")
        }
    }

    @Test("A folder with the name of the file of secrets stops every verb")
    func folder() throws {
        try TemporaryFolder.with { folder in
            try FileManager.default.createDirectory(atPath: "\(folder)/environment", withIntermediateDirectories: true)
            let error = #expect(throws: SettingsError.self) { try SettingsEnvironment.current(settings: "\(folder)/a.yaml") }
            #expect(error?.description == "\(folder)/environment cannot be used:\nis a folder, not a file")
            #expect(error?.problems.first?.remedy?.hasPrefix("replace it by a file") == true)
        }
    }

    @Test("A dangling link with that name does not count as a missing file")
    func danglingLink() throws {
        try TemporaryFolder.with { folder in
            try FileManager.default.createSymbolicLink(atPath: "\(folder)/environment", withDestinationPath: "\(folder)/gone")
            let error = #expect(throws: SettingsError.self) { try SettingsEnvironment.current(settings: "\(folder)/a.yaml") }
            #expect(error?.description.contains("is a symbolic link to \(folder)/gone") == true)
        }
    }

    @Test("A file that only root may read is named if a variable is missing, and stops nothing by itself", .enabled(if: geteuid() != 0))
    func unreadable() throws {
        try TemporaryFolder.with { folder in
            try Self.yaml.write(toFile: "\(folder)/switchboard.yaml", atomically: true, encoding: .utf8)
            try "WHATSAPP_APP_SECRET=a-secret-of-whatsapp\n".write(toFile: "\(folder)/environment", atomically: true, encoding: .utf8)
            #expect(chmod("\(folder)/environment", 0) == 0)
            let places = SettingsPlaces(["\(folder)/switchboard.yaml"])
            let environment = try SettingsEnvironment.current(places: places)
            let error = #expect(throws: SettingsError.self) { try Settings.load(path: nil, environment: environment, places: places) }
            #expect(
                error?.problems.first?.remedy
                    == "set WHATSAPP_APP_SECRET in the environment or in \(folder)/environment (which this user may not read)")
        }
    }
}
