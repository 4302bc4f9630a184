import ArgumentParser
import Foundation
import Messaging
import SwitchboardApp

/// `switchboard accounts`.
struct Accounts: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "List the accounts of the settings, or add one.",
        discussion: "An account is one webhook: /webhooks/ADAPTER/NAME, with the secrets of its senders. Secrets are never listed.",
        subcommands: [List.self, Add.self])

    /// `switchboard accounts list`.
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List the accounts in the order of the settings, with the URLs of their webhooks.",
            discussion: """
                SECRETS is how many secrets the account accepts: two while one replaces the other.

                \(VerbExit.codes("listed, also if there are none", input: "the settings cannot be used"))

                Example: switchboard accounts list --config /etc/switchboard/switchboard.yaml
                """)

        @Flag(help: "Print JSON Lines: one object per account.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() throws {
            let accounts = AccountListing.all(of: try configuration.settings())
            if json {
                for account in accounts { print(account.json) }
                return
            }
            let rows = accounts.map { ["\($0.adapter)", "\($0.name)", "\($0.secretCount)", $0.url] }
            for line in TerminalText.ofOutput.table([["ADAPTER", "NAME", "SECRETS", "URL"]] + rows, [16, 12, 9, 0]) { print(line) }
        }
    }

    /// `switchboard accounts add`.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account to the settings, with variables for its secrets.",
            discussion: """
                Appends the account to `accounts` of the settings file, whose comments and other lines stay, and its variables with random \
                values to the secrets file. A chat or kiosk account signs with that secret. A provider gives a secret of its own: put it in \
                the place of the random value, by which nobody can sign. Then reload the gateway. Known adapters: \
                \(AdapterRegistry.shipped.kinds.map(\.rawValue).joined(separator: ", ")).

                \(VerbExit.codes("added, or printed", input: "the settings cannot be used, have the account already, or are not changed"))

                Examples:
                  switchboard accounts add kiosk hall
                  switchboard accounts add whatsapp-cloud support --print
                """)

        @Argument(help: "The adapter, such as whatsapp-cloud or kiosk.")
        var adapter: String

        @Argument(help: "The account's name, the last part of its URL.")
        var name: String

        @Flag(name: .customLong("print"), help: "Change no file: print the lines to add, with the secrets.")
        var onlyPrints = false

        @Flag(help: "Print one JSON object: url, settings, variables (their names), files.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            if let fault = AccountAddition.fault(ofName: name) { throw ValidationError("NAME: \(fault)") }
            guard AdapterRegistry.shipped.kinds.contains(AdapterKind(rawValue: adapter)) else {
                let kinds = AdapterRegistry.shipped.kinds.map(\.rawValue).joined(separator: ", ")
                throw ValidationError("ADAPTER: there is no such adapter; known: \(kinds)")
            }
        }

        func run() throws {
            let report = try VerbExit.checkingInput {
                let environment = try configuration.environment()
                let addition = try AccountAddition(AdapterKind(rawValue: adapter), AccountName(rawValue: name), environment: environment)
                let files = try AccountFiles(settings: configuration.path, environment: configuration.environmentPath)
                return try files.add(addition, environment, onlyPrints: onlyPrints)
            }
            print(json ? report.json : report.text)
        }
    }
}
