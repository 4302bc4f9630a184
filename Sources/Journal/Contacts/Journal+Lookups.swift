import Messaging
import Watchdog

/// The result and cost of finding a party's contact.
public struct ContactLookup: Sendable {
    /// Nil if the party shows nothing by which it could be found.
    public let contact: ContactID?
    /// Whether the contact was in memory, so that the file was not queried.
    public let wasRemembered: Bool
    /// The time from the party to its contact with the active session.
    public let time: Duration
}

extension Journal {
    /// Finds the contacts of parties, one after the other in one transaction, as for messages, and returns what each look-up took.
    ///
    /// This is for measurements: an unknown party becomes a contact, as it would by a message. With `forgetting`, memory is emptied first.
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
