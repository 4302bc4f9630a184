import Foundation
import Testing

@testable import SwitchboardApp

@Suite("Variables of the settings")
struct SettingsEnvironmentTests {
    @Test(
        "A line of .env gives its variable",
        arguments: [
            ("A=b", "b"), ("export A=b", "b"), ("  A=b c  ", "b c"), ("A=", ""), ("A=b # why", "b"), ("A=b#c", "b#c"),
            ("A='b # c'", "b # c"),
            (#"A="b \"c\"\nd" # e"#, "b \"c\"\nd"), (#"A='b\n'"#, #"b\n"#), ("A=b=c", "b=c"), ("# A=x\n\nA=b\r\n", "b"), ("A=1\nA=2", "2"),
            ("A = b", "b"), ("A\t=b", "b"), ("A = 'b # c' # why", "b # c"), ("A = ", ""), ("export A = b c", "b c"), ("A= # why", ""),
        ])
    func dotEnv(text: String, expected: String) throws {
        #expect(try SettingsEnvironment(process: [:], dotEnv: text)["A"] == expected)
    }

    @Test(
        "A line of .env that cannot be read is reported by its number, with the error",
        arguments: [
            ("A", "expected NAME=VALUE"), ("1A=b", "expected NAME=VALUE"), ("A B=c", "expected NAME=VALUE"),
            ("A='b", "the value of A begins with ' and has no closing ' on its line"),
            (#"A="b\""#, "the value of A begins with \" and has no closing \" on its line"),
            ("A='b' c", "the value of A has text behind its closing ': put all of it in quotes, or none"),
        ])
    func malformed(line: String, reason: String) {
        let error = #expect(throws: SettingsError.self) { try SettingsEnvironment(process: [:], dotEnv: "# first\n\(line)") }
        #expect(error?.description == ".env cannot be used:\n\(reason) (line 2)")
    }

    @Test("Every wrong line of .env is reported, not only the first")
    func everyMalformedLine() {
        let error = #expect(throws: SettingsError.self) { try SettingsEnvironment(process: [:], dotEnv: "A\nB=c\nC D=e") }
        #expect(error?.problems.map(\.line) == [1, 3])
    }

    @Test("A .env that is a dangling link does not count as missing")
    func danglingDotEnv() throws {
        try TemporaryFolder.with { folder in
            let path = "\(folder)/.env"
            #expect(try SettingsEnvironment.dotEnv(at: path) == "")
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "/nowhere/environment")
            let error = #expect(throws: SettingsError.self) { try SettingsEnvironment.dotEnv(at: path) }
            #expect(error?.description.contains("is a symbolic link to /nowhere/environment, which does not exist") == true)
        }
    }

    @Test("The process's environment takes precedence over .env")
    func precedence() throws {
        let environment = try SettingsEnvironment(process: ["A": "process"], dotEnv: "A=file\nB=file")
        #expect(environment["A"] == "process")
        #expect(environment["B"] == "file")
        #expect(environment["C"] == nil)
    }

    @Test("A file that somebody names must exist, and is named in errors about it and its variables")
    func namedFile() throws {
        try TemporaryFolder.with { folder in
            let path = "\(folder)/environment"
            let missing = #expect(throws: SettingsError.self) { try SettingsEnvironment.current(file: path) }
            #expect(missing?.source == path)
            try "A='x & $y # z'\n".write(toFile: path, atomically: true, encoding: .utf8)
            let environment = try SettingsEnvironment.current(file: path)
            #expect(environment["A"] == "x & $y # z" && environment.file == path)
            let error = #expect(throws: SettingsError.self) {
                try Settings(yaml: "server: { host: '${NOBODY}' }", environment: environment)
            }
            #expect(error?.problems.map(\.remedy) == ["set NOBODY in the environment or in \(path)"])
            try "A".write(toFile: path, atomically: true, encoding: .utf8)
            let malformed = #expect(throws: SettingsError.self) { try SettingsEnvironment.current(file: path) }
            #expect(malformed?.description == "\(path) cannot be used:\nexpected NAME=VALUE (line 1)")
        }
    }

    @Test(
        "Variables are replaced wherever they stand",
        arguments: [
            ("${A}", "a"), ("x${A}y${A}z", "xayaz"), ("${NONE:-d}", "d"), ("${EMPTY:-d}", "d"), ("${A:-d}", "a"), ("x${NONE:-}y", "xy"),
            ("$${A}", "${A}"), ("$A {A}", "$A {A}"), ("${NONE:-a:-b}", "a:-b"),
        ])
    func expansion(text: String, expected: String) throws {
        let environment = try SettingsEnvironment(process: ["A": "a", "EMPTY": ""])
        let settings = try Settings(yaml: "server: { host: '\(text)' }", environment: environment)
        #expect(settings.server.host == expected)
    }

    @Test("A variable's value is text, not YAML")
    func noInjection() throws {
        let environment = try SettingsEnvironment(process: ["A": "x }\nserver: { port: 1 } # ${B}"])
        let settings = try Settings(yaml: "server: { host: '${A}' }", environment: environment)
        #expect(settings.server.host == "x }\nserver: { port: 1 } # ${B}")
    }

    @Test("An existing .env is read, a missing one and a folder are ignored; a device, and a folder of another name, are refused")
    func dotEnv() throws {
        try TemporaryFolder.with { folder in
            #expect(try SettingsEnvironment.dotEnv(at: "\(folder)/none") == "")
            try FileManager.default.createDirectory(atPath: "\(folder)/python/.env", withIntermediateDirectories: true)
            #expect(try SettingsEnvironment.dotEnv(at: "\(folder)/python/.env") == "")
            #expect(throws: SettingsError.self) { try SettingsEnvironment.dotEnv(at: folder) }
            #expect(try SettingsEnvironment.dotEnv(at: "/dev/null") == "")
            try "A=1".write(toFile: "\(folder)/.env", atomically: true, encoding: .utf8)
            #expect(try SettingsEnvironment.dotEnv(at: "\(folder)/.env") == "A=1")
            #expect(throws: SettingsError.self) { try SettingsEnvironment.dotEnv(at: "/dev/zero") }
        }
    }
}
