import Watchdog

extension Journal {
    /// Writes the times of sessions that wait now, some hundreds a transaction, so that messages go on in between.
    func writeTimes() async throws(JournalError) {
        guard unwritten.isAnythingLeft else { return }
        var end: Int64?
        repeat {
            end = try await write(Work("writing times of sessions")) { [end] writer in
                let end = end ?? writer.sequence.last
                return try writer.times.writeSome(through: end) ? nil : end
            }
        } while end != nil
    }
}
