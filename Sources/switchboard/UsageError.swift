import ArgumentParser
import Foundation
import Receiver

/// Errors of the command line: each states the problem, the usage of its verb, and what was probably meant.
enum UsageError {
    /// The text for a wrong value that only the running verb could find.
    static func text(_ message: String, of verb: any ParsableCommand.Type, in root: any ParsableCommand.Type) -> String {
        let name = path(to: verb, in: root)?.joined(separator: " ") ?? root._commandName
        return """
            Error: \(message)
            Usage: \(root.usageString(for: verb))
              See '\(name) --help' for more information.

            """
    }

    /// The text for arguments that the parser refuses, with the parser's message.
    static func text(_ message: String, ofArguments arguments: [String], in root: any ParsableCommand.Type) -> String {
        text(ofUnknownVerb: arguments, in: root) ?? text(message, of: verb(in: arguments, of: root).verb, in: root)
    }

    /// The text for `help VERB` with an unknown verb, or with a word after a verb that has no verbs; nil for any other arguments.
    static func text(ofUnknownHelp arguments: [String], in root: any ParsableCommand.Type) -> String? {
        guard arguments.first == "help" else { return nil }
        let (verb, rest) = verb(in: Array(arguments.dropFirst()), of: root)
        guard subcommands(of: verb).isEmpty, let word = rest.first, !word.hasPrefix("-") else {
            return text(ofUnknownVerb: Array(arguments.dropFirst()), in: root)
        }
        return text("There is no verb '\(word)': `\(verb._commandName)` has no verbs of its own.", of: verb, in: root)
    }

    /// The verb with which the arguments begin, and the arguments after its name.
    private static func verb(
        in arguments: [String], of root: any ParsableCommand.Type
    ) -> (verb: any ParsableCommand.Type, rest: ArraySlice<String>) {
        var (verb, rest) = (root, arguments[...])
        while let word = rest.first, let next = subcommands(of: verb).first(where: { $0._commandName == word }) {
            verb = next
            rest = rest.dropFirst()
        }
        return (verb, rest)
    }

    /// The text for an unknown verb; nil if the arguments begin with a known one.
    static func text(ofUnknownVerb arguments: [String], in root: any ParsableCommand.Type) -> String? {
        let (verb, rest) = verb(in: arguments, of: root)
        let known = subcommands(of: verb).filter { $0.configuration.shouldDisplay }.map { $0._commandName }
        guard !known.isEmpty, let word = rest.first, !word.hasPrefix("-"), word != "help" else { return nil }
        let meant = NearestName.of(word, among: known).map { "Did you mean '\($0)'?" } ?? "There are: \(known.joined(separator: ", "))."
        return text("There is no verb '\(word)'. \(meant)", of: verb, in: root)
    }

    private static func subcommands(of verb: any ParsableCommand.Type) -> [any ParsableCommand.Type] { verb.configuration.subcommands }

    /// The words that call a verb, beginning with the program's name.
    private static func path(to verb: any ParsableCommand.Type, in root: any ParsableCommand.Type) -> [String]? {
        if verb == root { return [root._commandName] }
        for next in subcommands(of: root) {
            if let rest = path(to: verb, in: next) { return [root._commandName] + rest }
        }
        return nil
    }
}
