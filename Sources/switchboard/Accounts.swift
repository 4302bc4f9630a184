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
            let settings = try configuration.settings()
            let accounts = AccountListing.all(of: settings)
            if let note = note(settings) { VerbExit.tell(note) }
            if json {
                for account in accounts { print(account.json) }
                return
            }
            guard !accounts.isEmpty else { return }
            let rows = accounts.map { ["\($0.adapter)", "\($0.name)", "\($0.secretCount)", $0.url] }
            for line in TerminalText.ofOutput.table([["ADAPTER", "NAME", "SECRETS", "URL"]] + rows, [16, 12, 9, 0]) { print(line) }
        }

        /// What to know about settings without accounts of their own, which may have those for development.
        private func note(_ settings: Settings) -> String? {
            let place = settings.file.map { "\($0) has no accounts" } ?? "there is no settings file"
            let way = "to add one: switchboard accounts add ADAPTER NAME, such as whatsapp-cloud main"
            if settings.hasDevelopmentAccounts {
                return "\(place), so those for development are used (\(DevelopmentAccounts.path(for: settings))); \(way)"
            }
            return settings.accounts.isEmpty ? "\(place); \(way)" : nil
        }
    }

    /// `switchboard accounts add`.
    struct Add: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Add an account to the settings, with variables for its secrets.",
            discussion: """
                Appends the account to `accounts` of the settings file, and its variables to the secrets file. Comments, other lines and \
                line ends stay as they are. A chat or kiosk account gets a random secret. The secret of a provider's account is known only to \
                the provider, so its variable is left empty: fill it in, since no start and no reload accepts an empty secret. Verify tokens \
                are random. What should be known first, such as a public URL that the provider cannot reach, is written to standard error. \
                Then reload the gateway. Several of these commands may run at once. Known adapters: \
                \(AdapterRegistry.shipped.kinds.map(\.rawValue).joined(separator: ", ")).

                \(VerbExit.codes(
                    "added, or printed", input: "the settings cannot be used, have the account already, or are not changed",
                    names: "adapter",
                    notNow: "another command keeps changing the files"))

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

        @Flag(help: "Print one JSON object: url, settings, variables (their names, and whether a value is missing), files, warnings.")
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
                let files = try AccountFiles(settings: configuration.path, environment: configuration.environmentPath)
                do {
                    return try files.add(
                        AdapterKind(rawValue: adapter), AccountName(rawValue: name), onlyPrints: onlyPrints,
                        variables: { try configuration.environment() }, warn: { VerbExit.tell("warning: \($0)") })
                } catch let busy as AccountFilesBusy {
                    throw VerbExit.failure(busy.description, VerbExit.notNow)
                }
            }
            print(json ? report.json : report.text)
        }
    }
}
