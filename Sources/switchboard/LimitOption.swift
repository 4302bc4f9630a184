import ArgumentParser
import Foundation

/// How much of a list is printed: the latest.
struct LimitOption: ParsableArguments {
    @Option(help: ArgumentHelp("Show at most this many, the latest ones.", valueName: "number"))
    var limit = 50

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: must be at least 1") }
    }

    /// Prints a list, the latest first, as JSON Lines or as a table whose first row is its heads. Says on standard error how many more there are,
    /// and in words that nothing matches; as JSON an empty list is no line at all.
    func show(json: [String]?, table: @autoclosure () -> [String], shown: Int, of count: Int, named noun: String) {
        guard shown > 0 else {
            if json == nil { VerbExit.tell("no \(noun) matches") }
            return
        }
        for line in json ?? table() { print(line) }
        guard shown < count else { return }
        // Below the list, where both go to one file or terminal.
        fflush(nil)
        VerbExit.tell("\(shown) of \(count) shown, \(count - shown) more; --limit shows more")
    }
}
