import ArgumentParser
import Foundation
import Operations
import Supabase
import SwitchboardApp

/// `switchboard doctor`; not named after its verb, which is the name of what it runs.
struct DoctorVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "doctor",
        abstract: "Say what is wrong with settings, journal and Supabase, and how to fix it.",
        discussion: """
            Changes nothing; the gateway may be running. Each line is ok, warn or fail, with what was looked at, how it is, and what to do.

            Example: switchboard doctor --config /etc/switchboard/switchboard.yaml

            Exit codes: 0 nothing fails, 1 something does.
            """)

    @Flag(help: "Have SQLite read all of the journal (quick_check): minutes where it is large.")
    var integrity = false

    @Flag(help: "Print JSON Lines: level, check, message, advice.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    func run() async throws {
        let findings = await findings()
        let report = DoctorReport(findings, isColoured: DoctorReport.isColoured(ProcessInfo.processInfo.environment))
        print(json ? findings.map(\.json).joined(separator: "\n") : report.text)
        if findings.contains(where: { $0.level == .fail }) { throw VerbExit.problemFound }
    }

    /// Variables that cannot be read are findings as well, and the only ones: nothing of the settings is known without them.
    private func findings() async -> [Finding] {
        do throws(SettingsError) {
            let environment = try configuration.environment()
            return await Doctor.findings(settings: configuration.path, environment: environment, checksIntegrity: integrity)
        } catch {
            return error.findings
        }
    }
}
