import ArgumentParser
import Files
import Foundation
import SwitchboardApp

/// `switchboard reload`.
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the changed settings, and make a running gateway apply them.",
        discussion: """
            Use `systemctl reload switchboard` if systemd runs the gateway: its unit calls this verb. Otherwise name the process by --pid.

            Reads the settings as the gateway will, and prints all problems if they are wrong; the gateway is then left alone. Otherwise the \
            gateway gets SIGHUP, reads them again, and logs what it has applied and what needs a restart. Settings without accounts are \
            warned about, since a gateway that has accounts refuses them. As ExecReload of a systemd unit this verb also hands over the \
            variables of the unit's EnvironmentFile, which the gateway itself may not be able to read.

            \(VerbExit.codes("the gateway was asked to reload", notNow: "no gateway has this number, or this user may not signal it"))

            Examples:
              systemctl reload switchboard
              switchboard reload --pid 4711
            """)

    @Option(
        help: ArgumentHelp("The gateway's process. Default: the variable MAINPID, which systemd sets for ExecReload.", valueName: "number"))
    var pid: Int32?

    @Flag(help: "Print one JSON object: the process as `pid`.")
    var json = false

    @OptionGroup var configuration: ConfigurationOptions

    func validate() throws {
        if let pid, pid < 1 { throw ValidationError("--pid: must be the number of a process") }
    }

    func run() throws {
        guard let pid = pid ?? ProcessInfo.processInfo.environment["MAINPID"].flatMap({ Int32($0) }), pid > 0 else {
            throw ValidationError("name the gateway's process: --pid NUMBER, which pgrep -f 'switchboard serve' prints")
        }
        try VerbExit.checkingInput {
            let settings = try configuration.settings(with: configuration.environment(isReload: true), for: .serve, isReload: true)
            for warning in warnings(settings) { VerbExit.tell("warning: \(warning)") }
            try SettingsEnvironment.handOver()
        }
        try checkProgram(of: pid)
        guard kill(pid, SIGHUP) == 0 else {
            throw VerbExit.failure("the process \(pid) cannot be asked to reload: \(String(cString: strerror(errno)))", VerbExit.notNow)
        }
        print(json ? #"{"pid":\#(pid)}"# : "the process \(pid) was asked to reload; its log says what it has applied")
    }

    /// What the settings probably do not mean. A list of accounts is often empty because the file is another one, or because an unset
    /// variable has emptied what generates the file.
    private func warnings(_ settings: Settings) -> [String] {
        var warnings = settings.notes.map(\.description)
        if settings.accounts.isEmpty || settings.hasDevelopmentAccounts {
            let file = settings.file.map { URL(fileURLWithPath: $0).path } ?? "the default settings"
            let refusal = """
                a gateway that has accounts of its own refuses this reload, and its log says so. If it should have accounts, look for a variable \
                that is not set
                """
            warnings.append("\(file) has no accounts: \(refusal)")
        }
        return warnings
    }

    /// SIGHUP ends most programs, and a number may belong to another process by now.
    private func checkProgram(of pid: Int32) throws {
        guard let name = try? String(contentsOfFile: "/proc/\(pid)/comm", encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines),
            name != "switchboard"
        else { return }
        throw VerbExit.failure("the process \(pid) is no gateway but “\(name)”: it was left alone", VerbExit.notNow)
    }
}
