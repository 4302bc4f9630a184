import ArgumentParser
import Foundation
import Journal
import Replay
import SwitchboardApp

/// How verbs end without success: a reason on standard error and an exit code.
enum VerbExit {
    /// The settings, or files given as arguments, are wrong.
    static let badInput = ExitCode(2)
    /// A problem was found.
    static let problemFound = ExitCode(1)
    /// A later attempt may succeed (EX_TEMPFAIL).
    static let notNow = ExitCode(75)

    /// The paragraph about exit codes in a verb's help, before its examples: what each code means, nil for a code that the verb does not
    /// end with. Names and ids differ: a name (of an account, adapter, channel or verb) that does not exist is a typing error, 64, and so is
    /// an id that cannot be one; an id of the right form may have existed, and is 1. README.md has the same words. `names` are the kinds of
    /// names that the verb takes.
    static func codes(
        _ success: String, found: String? = nil, input: String? = "the settings or the journal cannot be used", names: String? = nil,
        notNow: String? = nil
    ) -> String {
        let usage = "the command line is wrong" + (names.map { ", or names an unknown \($0)" } ?? "")
        let meanings = [(0, success), (1, found), (2, input), (64, usage), (75, notNow)]
        return "Exit codes: " + meanings.compactMap { code, meaning in meaning.map { "\(code) \($0)" } }.joined(separator: "; ") + "."
    }

    /// The paragraph about exit codes in the help of verbs that list something.
    static func codesOfLists(names: String? = nil) -> String { codes("listed, also if nothing matches", names: names, notNow: unreadable) }

    /// The sentence in the help of verbs that list something about a terminal that is even narrower than their narrow form.
    static let foldingOfLists = "If even that does not fit, as on most terminals below 80 columns, an entry takes several lines."

    /// The paragraph about exit codes in the help of verbs that show one thing, which `noun` names.
    static func codesOfShowing(_ noun: String) -> String {
        codes("shown", found: "there is no \(noun) with this id", notNow: unreadable)
    }

    private static let unreadable = "the journal cannot be read now"

    /// `badInput` if the file is missing, damaged, or not a journal of this version; otherwise a later attempt may succeed.
    static func code(of error: JournalError) -> ExitCode { error.code == .unusable || error.isDamage ? badInput : notNow }

    /// Runs code that reads settings and files; its errors are printed, and the verb ends with `badInput`.
    static func checkingInput<Value>(_ body: () throws -> Value) throws -> Value {
        do {
            return try body()
        } catch let code as ExitCode {
            throw code
        } catch let wrong as ValidationError {
            throw wrong
        } catch {
            tell("\(error)")
            throw badInput
        }
    }

    /// Prints the reason and returns the exit code to throw.
    static func failure(_ reason: String, _ code: ExitCode) -> ExitCode {
        tell(reason)
        return code
    }

    /// Prints why the journal cannot be used and returns the exit code to throw. `settings` are the settings that name the journal.
    static func failure(_ error: JournalError, _ settings: Settings?) -> ExitCode {
        failure(error.reason + hint(of: error, settings), code(of: error))
    }

    /// A hint for an error about the settings' missing journal: which settings these are, often those of another folder, and what to do.
    /// Empty for any other error, and for a journal that the command line names.
    static func hint(of error: JournalError, _ settings: Settings?) -> String {
        guard let settings, let path = error.absentPath, path == URL(fileURLWithPath: settings.journal.path).path else { return "" }
        let source =
            settings.file.map { "journal.path of \(URL(fileURLWithPath: $0).path)" }
            ?? "journal.path by default: there are no settings in \(SettingsPlaces.current.settings.joined(separator: " or "))"
        return """
             (\(source)): run this in the gateway's folder, or name its settings (--config, SWITCHBOARD_CONFIG). If no gateway ever ran here, \
            the first start of `switchboard serve` creates the journal
            """
    }

    /// Writes a line to standard error, after everything printed before. Without `try?` a full disk would end the program here.
    static func tell(_ text: String) {
        fflush(nil)
        try? FileHandle.standardError.write(contentsOf: Data(line(text).utf8))
    }

    /// The reason as lines of the program on standard error.
    static func line(_ reason: String) -> String { "switchboard: \(reason.printableLines)\n" }
}
