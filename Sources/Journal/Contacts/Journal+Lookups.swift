import Messaging
import Watchdog

/// What it took to find the contact of a party.
public struct ContactLookup: Sendable {
    /// Nil where the party shows nothing to be found by.
    public let contact: ContactID?
    /// Whether memory had it, so that the file was not asked.
    public let wasRemembered: Bool
    /// From the party to its contact with the active session.
    public let time: Duration
}

extension Journal {
    /// Finds the contacts of parties, one after the other in one transaction, the way each message's is found, and says what each took.
    ///
    /// It is for measuring: a party that nobody knows becomes a contact, as a message's would. With `forgetting` memory is emptied first.
    public func lookUp(_ parties: [Party], forgetting: Bool) async throws(JournalError) -> [ContactLookup] {
        let now = now()
        return try await write(Work("looking contacts up", items: parties.count)) { writer in
            if forgetting { writer.directory.forget() }
            return try parties.map { try writer.lookUp($0, at: now) }
        }
    }
}

extension JournalWriter {
    fileprivate func lookUp(_ party: Party, at now: Instant) throws -> ContactLookup {
        let started = ContinuousClock.now
        makeRoom()
        let known = directory.known(party)
        let record = try known ?? directory.resolve(party, at: now)
        return ContactLookup(contact: record?.contact.id, wasRemembered: known != nil, time: .now - started)
    }
}
