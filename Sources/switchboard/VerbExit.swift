import ArgumentParser
import Foundation
import Journal
import Replay
import SwitchboardApp

/// How verbs end that do not succeed: a reason on standard error and an exit code.
enum VerbExit {
    /// The command was understood, the settings or files that it names are wrong.
    static let badInput = ExitCode(2)
    /// Something was found wrong.
    static let problemFound = ExitCode(1)
    /// It may work later (EX_TEMPFAIL).
    static let notNow = ExitCode(75)

    /// A file that is missing, damaged, or no journal of this version is wrong input; all else may work later.
    static func code(of error: JournalError) -> ExitCode { error.code == .unusable || error.isDamage ? badInput : notNow }

    /// Runs what reads settings and files; whatever it throws is told, and the verb ends as `badInput`.
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

    /// Tells why and gives the exit code to throw.
    static func failure(_ reason: String, _ code: ExitCode) -> ExitCode {
        tell(reason)
        return code
    }

    /// Tells why the journal cannot be used and gives the exit code to throw. `settings` are those that named it.
    static func failure(_ error: JournalError, _ settings: Settings?) -> ExitCode {
        failure(error.reason + hint(of: error, settings), code(of: error))
    }

    /// What follows an error where the settings' journal is not there: which settings these are, which are mostly another folder's, and what
    /// to do. Empty of any other error, and of a journal that the command line names.
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

    /// Writes a line to standard error, behind what was printed before it. Without `try?` a disk that is full would end the program here.
    static func tell(_ text: String) {
        fflush(nil)
        try? FileHandle.standardError.write(contentsOf: Data(line(text).utf8))
    }

    /// The reason as the program's lines on standard error.
    static func line(_ reason: String) -> String { "switchboard: \(reason.printableLines)\n" }
}
