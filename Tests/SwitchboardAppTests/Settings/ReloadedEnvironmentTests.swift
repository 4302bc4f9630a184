import Foundation
import Testing

@testable import SwitchboardApp

@Suite("Variables when the settings are read again")
struct ReloadedEnvironmentTests {
    @Test("A variable that the process has from the file follows the file; one of the process's own keeps its value")
    func precedence() throws {
        let process = ["SECRET": "first", "OWN": "of the process", "OTHER": "x"]
        let start = try SettingsEnvironment(process: process, dotEnv: "SECRET=first\nOWN=of the file")
        let again = try SettingsEnvironment(process: start.process(now: process), dotEnv: "SECRET=second\nOWN=of the file\nNEW=n")
        #expect(again["SECRET"] == "second")
        #expect(again["OWN"] == "of the process")
        #expect(again["OTHER"] == "x")
        #expect(again["NEW"] == "n")
        // A variable that is no longer in the file is no longer set.
        #expect(try SettingsEnvironment(process: start.process(now: process), dotEnv: "OWN=of the file")["SECRET"] == nil)
    }

    @Test(
        "The environment that a unit's reload hands over replaces that of the start, whatever its values contain",
        arguments: ["second", "", " a b ", #"a"b'c\d\n$x # no comment"#, "two\nlines"])
    func handedOver(value: String) throws {
        try TemporaryFolder.with { folder in
            let unit = ["RUNTIME_DIRECTORY": folder, "SECRET": value, "not a name": "x"]
            // The gateway may not read the unit's file, so it knows no variables of it.
            let start = try SettingsEnvironment(process: ["SECRET": "first", "RUNTIME_DIRECTORY": folder])
            #expect(try start.process(now: ["SECRET": "first", "RUNTIME_DIRECTORY": folder])["SECRET"] == "first")
            try SettingsEnvironment.handOver(unit)
            #expect(try start.process(now: ["SECRET": "first", "RUNTIME_DIRECTORY": folder])["SECRET"] == value)
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/environment")[.posixPermissions] as? Int
            #expect(mode == 0o600)
        }
    }

    @Test("Outside a unit nothing is handed over")
    func noUnit() throws {
        try SettingsEnvironment.handOver(["SECRET": "x"])
        #expect(try SettingsEnvironment(process: [:]).process(now: ["SECRET": "x"]) == ["SECRET": "x"])
    }
}
