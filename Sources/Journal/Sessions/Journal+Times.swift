import Watchdog

extension Journal {
    /// Writes the times of sessions that wait now, some hundreds a transaction, so that messages go on in between.
    func writeTimes() async throws(JournalError) {
        guard unwritten.isAnythingLeft else { return }
        var end: Int64?
        repeat {
            end = try await write(Work("writing times of sessions")) { [end] writer in
                let end = end ?? writer.sequence.last
                return try writer.times.writeSome(500, through: end) ? nil : end
            }
        } while end != nil
    }

    /// Has all of them written by the last transaction before the file is closed. Where that fails the next start derives them.
    func writeTimesAtLast() {
        if unwritten.isAnythingLeft { submit(Work("writing times of sessions")) { $0.times.writeAll() } }
    }
}
