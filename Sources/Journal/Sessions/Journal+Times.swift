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

    /// Brings sessions back to the present whose times are those of a clock that was ahead; returns how many. Else they would live until then.
    public func returnSessionsToPresent() async throws(JournalError) -> Int {
        try await writeTimes()
        let now = now()
        var count = 0
        while true {
            let contacts = try await reader.contactsAheadOfTime(at: now, limit: 500)
            guard !contacts.isEmpty else { return count }
            let returned = try await write { try $0.returnToPresent(contacts, at: now) }
            // A row whose contact leads elsewhere would be found for ever.
            guard returned > 0 else { return count }
            count += returned
        }
    }
}
