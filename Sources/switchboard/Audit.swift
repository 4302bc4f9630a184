import ArgumentParser
import Journal
import Operations
import SwitchboardApp

/// `switchboard audit`.
struct Audit: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Show what operators did over HTTP.",
        discussion: """
            Every action of an operator through /admin or the console is recorded in the journal before it is answered. This verb reads \
            the journal's file while the gateway may be running.
            """,
        subcommands: [List.self])

    /// `switchboard audit list`.
    struct List: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "List operators' actions, the latest first.", usage: "switchboard audit list [<options>]",
            discussion: """
                OUTCOME is - while the action runs, and if the gateway ended before the action did. ADDRESS is where the request came from.

                \(VerbExit.codesOfLists())

                Example: switchboard audit list --limit 10
                """)

        @OptionGroup var most: LimitOption

        @Flag(help: "Print JSON Lines: one object per action.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            try await VerbJournal.read(settings) { reader in
                let actions = try await reader.operatorActions(limit: most.limit)
                let count = try await reader.operatorActionCount()
                most.show(
                    json: json ? actions.map(\.json) : nil, table: Self.lines(actions, as: .ofOutput), shown: actions.count, of: count,
                    named: "action")
            }
        }

        /// A line of headings, then one line per action.
        static func lines(_ actions: [OperatorAction], as text: TerminalText = .plain) -> [String] {
            let rows = actions.map { [text.time($0.at), $0.operator, $0.action, $0.target, $0.outcome ?? "-", $0.address ?? "-"] }
            return text.table([["AT", "OPERATOR", "ACTION", "TARGET", "OUTCOME", "ADDRESS"]] + rows, [26, 12, 20, 38, 24, 0])
        }
    }
}
