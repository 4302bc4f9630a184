import ArgumentParser
import Foundation
import Messaging
import Operations
import Supabase
import SwitchboardApp

/// `switchboard doctor`. It is not named after its verb, since `Doctor` is the type that it runs.
struct DoctorVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Check the settings, the journal and Supabase, and print how to fix what is wrong.",
        discussion: """
            Prints one line per check: ok, warn or fail, the name of the check, and what was found; below it, what to do. doctor changes \
            nothing, and the gateway may be running meanwhile.

            With --account it answers why nothing arrives at an account: it asks the provider, if the account has the settings for that \
            (Config/switchboard.yaml), and posts a trial delivery to the account's public URL, which the gateway checks and does not \
            store. Failures come first. If the provider is outside, run this outside too: with the same settings on another machine.

            \(VerbExit.codes(
                "no check failed (warnings are possible)",
                found: "a check failed, also if the settings cannot be read, for which any other verb ends with 2", input: nil,
                names: "account"))

            Examples:
              switchboard doctor --config /etc/switchboard/switchboard.yaml
              switchboard doctor --json
              switchboard doctor --account whatsapp-cloud/main
            """)

    @Option(
        help: ArgumentHelp(
            "Examine one account instead of settings, journal and Supabase: its name, or ADAPTER/NAME. If accounts of several adapters have "
                + "the name, all are examined.", valueName: "name"))
    var account: String?

    @Flag(help: "Have SQLite check the whole journal file as well (PRAGMA quick_check). This takes minutes if the journal is large.")
    var integrity = false

    @Flag(help: "Print JSON Lines, one object per check: level, check, message, advice.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    func validate() throws {
        guard account == nil || !integrity else { throw ValidationError("--integrity examines the journal, --account does not") }
    }

    func run() async throws {
        let findings = try await findings()
        let report = DoctorReport(findings, isColoured: DoctorReport.isColoured(ProcessInfo.processInfo.environment))
        print(json ? findings.map(\.json).joined(separator: "\n") : report.text)
        if findings.contains(where: { $0.level == .fail }) { throw VerbExit.problemFound }
    }

    /// If the variables cannot be read, that is the only finding, since the settings depend on them.
    private func findings() async throws -> [Finding] {
        if let account { return try await findings(of: account) }
        do throws(SettingsError) {
            let environment = try configuration.environment()
            return await Doctor.findings(settings: configuration.path, environment: environment, checksIntegrity: integrity)
        } catch {
            return error.findings
        }
    }

    private func findings(of name: String) async throws -> [Finding] {
        let settings: Settings
        do throws(SettingsError) {
            let loaded = try Settings.load(path: configuration.path, environment: try configuration.environment(), for: .examine)
            settings = try DevelopmentAccounts.found(for: loaded)
        } catch {
            return error.findings
        }
        return try await Doctor.findings(of: KnownNames(settings).accounts(named: name))
    }
}
