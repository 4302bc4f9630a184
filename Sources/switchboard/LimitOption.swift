import ArgumentParser
import Foundation

/// Limits a list to its latest entries.
struct LimitOption: ParsableArguments {
    @Option(help: ArgumentHelp("Show at most this many, the latest ones.", valueName: "number"))
    var limit = 50

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: must be at least 1") }
    }

    /// Prints a list, the latest first, as JSON Lines or as a table whose first row has the headings. Says on standard error how many more
    /// there are, or that nothing matches; with JSON an empty list prints nothing.
    /// `hint` says why nothing may match.
    func show(
        json: [String]?, table: @autoclosure () -> [String], shown: Int, of count: Int, named noun: String, hint: String? = nil
    ) {
        guard shown > 0 else {
            if json == nil { VerbExit.tell("no \(noun) matches\(hint.map { ": \($0)" } ?? "")") }
            return
        }
        for line in json ?? table() { print(line) }
        guard shown < count else { return }
        // Flushed first, so that this line follows the list if both go to one file or terminal.
        fflush(nil)
        VerbExit.tell("\(shown) of \(count) shown, \(count - shown) more; --limit shows more")
    }
}
