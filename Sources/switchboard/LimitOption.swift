import ArgumentParser
import Foundation

/// How much of a list is printed: the latest.
struct LimitOption: ParsableArguments {
    @Option(help: "At most so many, the latest.")
    var limit = 50

    func validate() throws {
        guard limit > 0 else { throw ValidationError("--limit: must be more than 0") }
    }

    /// Says on standard error that there are more, where there are.
    func tell(shown: Int, of count: Int) {
        guard shown < count else { return }
        // Below the list, where both go to one file or terminal.
        fflush(nil)
        VerbExit.tell("\(shown) of \(count) shown; --limit shows more")
    }
}
