import Foundation
import JSON
import Supabase

/// What was added for an account, or is to be added, and what comes next.
public struct AccountReport: Sendable {
    private let account: AccountAddition
    private let files: AccountFiles
    private let url: String
    private let warnings: [String]
    private let instruction: [String]?

    /// `instruction` says what to do with the lines, if no file was changed.
    init(_ account: AccountAddition, _ files: AccountFiles, publicURL: String, warnings: [String], instruction: [String]?) {
        self.account = account
        self.files = files
        url = "\(MaskedURL.text(publicURL))/webhooks/\(account.adapter)/\(account.name)"
        self.warnings = warnings
        self.instruction = instruction
    }

    /// For a person: the lines, if they are only printed, and the next steps.
    public var text: String {
        var lines: [String] = []
        if let instruction {
            lines += instruction + ["", "Add to \(environment):", ""] + account.variableLines.map { "  \($0)" } + [""]
        } else {
            let names = account.variables.map(\.name).joined(separator: ", ")
            lines.append("Added \(account.adapter)/\(account.name) to \(files.settings), and to \(environment): \(names)")
        }
        return (lines + ["Next:"] + steps.enumerated().map { "  \($0.offset + 1). \($0.element)" }).joined(separator: "\n")
    }

    /// The complete path, since `.env` alone does not say which one.
    private var environment: String { URL(fileURLWithPath: files.environment).standardizedFileURL.path }

    private var steps: [String] {
        let secret = account.variables.first?.name ?? ""
        var steps: [String] = []
        if let given = account.givenSecret {
            steps.append(
                "Put the secret behind \(secret)= in \(environment): \(given). Until then, no start and no reload accepts these settings, nor do "
                    + "sign, replay, captures import and dead-letters retry.")
        }
        steps.append(
            """
            Start the gateway, or reload it if it runs: systemctl reload switchboard, or without systemd: \
            switchboard reload --pid PID\(files.options).
            """)
        steps.append(
            account.givenSecret == nil
                ? "Give the sender this URL: \(url), and the secret: the value of \(secret)." : "Enter this URL at the provider: \(url)")
        if let token = account.verifyToken { steps.append("Enter the value of \(token) there as the verify token.") }
        if account.givenSecret != nil {
            let tokens = account.tokens.joined(separator: ", ")
            let more = tokens.isEmpty ? "" : " With \(tokens) it also asks the provider."
            steps.append(
                "Check the way from outside: switchboard doctor --account \(account.adapter)/\(account.name)\(files.options).\(more)")
        }
        return steps
    }

    /// One JSON object; with the variables' values only if no file was changed.
    public var json: String {
        var writer = JSONWriter()
        writer.object { object in
            object.member("url", url)
            object.member("settings_file", files.settings)
            object.member("environment_file", files.environment)
            object.member("changed", instruction == nil)
            object.member("settings", account.settingsLines.joined(separator: "\n"))
            object.key("variables")
            object.array { list in
                for variable in account.variables {
                    list.object { entry in
                        entry.member("name", variable.name)
                        entry.member("value", ifPresent: instruction == nil ? nil : variable.value)
                        // Whether somebody has to enter a value before the settings can be used.
                        entry.member("missing", variable.name == account.variables.first?.name && variable.value.isEmpty)
                    }
                }
            }
            object.key("warnings")
            object.array { list in
                for warning in warnings { list.string(warning) }
            }
        }
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}
