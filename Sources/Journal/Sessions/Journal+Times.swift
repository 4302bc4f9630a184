import Watchdog

extension Journal {
    /// Writes the session times that are not written yet, some hundreds per transaction, so that messages are stored in between.
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

    /// Corrects session times that come from a clock that was ahead, until which these sessions would otherwise stay active; returns the
    /// number of sessions.
    public func returnSessionsToPresent() async throws(JournalError) -> Int {
        try await writeTimes()
        let now = now()
        var count = 0
        while true {
            let contacts = try await reader.contactsAheadOfTime(at: now, limit: 500)
            guard !contacts.isEmpty else { return count }
            let returned = try await write { try $0.returnToPresent(contacts, at: now) }
            // A row whose contact leads to another one would be found again and again.
            guard returned > 0 else { return count }
            count += returned
        }
    }
}
