import ArgumentParser
import Journal
import Logging
import Messaging
import SwitchboardApp

extension Measure {
    /// Measures the time to find a message's contact in a large journal, from the file and from memory. Each round has other contacts.
    func measureLookups(among contacts: Int) async throws {
        let journal = try makeJournal("contacts")
        let started = ContinuousClock.now
        try await fill(journal, with: contacts)
        print("filled: \(contacts) contacts in \((ContinuousClock.now - started).components.seconds) s")
        for round in 0...rounds {
            let people = (0..<contacts).shuffled().prefix(lookups).map { BenchPerson(number: $0) }
            // The first round fills the system's cache and is not reported.
            try await lookUp(people, in: journal, as: round > 0 ? "round \(round), " : nil)
        }
        try journal.close()
    }

    /// Looks each person up in three ways, which must find the same contact; from the file first, since the lookup loads it into memory.
    private func lookUp(_ people: [BenchPerson], in journal: Journal, as title: String?) async throws {
        var contacts: [ContactID?]?
        for way in BenchPerson.Way.allCases {
            let parties = people.map { $0.party(way) }
            for isRemembered in [false, true] {
                let found = try await journal.lookUp(parties, forgetting: !isRemembered)
                let same = found.map(\.contact)
                let isAsExpected = found.allSatisfy { $0.contact != nil && $0.wasRemembered == isRemembered }
                guard isAsExpected, contacts == nil || contacts == same else {
                    print("what was found \(way.rawValue) is not what had to be found")
                    throw ExitCode.failure
                }
                contacts = same
                guard let title else { continue }
                print("\(title)\(way.rawValue), from \(isRemembered ? "memory" : "the file"): \(percentiles(found.map(\.time)))")
            }
        }
    }

    func percentiles(_ times: [Duration]) -> String {
        let sorted = times.sorted()
        guard let longest = sorted.last else { return "nothing" }
        let (p50, p99) = (sorted[sorted.count / 2], sorted[sorted.count * 99 / 100])
        return "p50 \(microseconds(p50)), p99 \(microseconds(p99)), max \(microseconds(longest)) µs"
    }

    /// Stores a message of each contact, which opens a session; a thousand messages per transaction.
    private func fill(_ journal: Journal, with contacts: Int) async throws {
        for start in stride(from: 0, to: contacts, by: 1000) {
            let events = (start..<min(start + 1000, contacts)).map { BenchPerson(number: $0).message }
            let delivery = Delivery(
                adapter: "whatsapp-cloud", account: "main", receivedAt: .now, target: "/webhooks/whatsapp-cloud/main", headers: [],
                body: Array("{}".utf8))
            _ = try await journal.accept(delivery, events)
        }
    }
}

/// A person with a phone and two ids.
private struct BenchPerson {
    let phone: ReceivedPhone
    let userID: Identity
    let parentUserID: Identity

    /// What a message contains about its sender.
    enum Way: String, CaseIterable {
        case phone = "by phone"
        case userID = "by user id"
        case pair = "by both"
    }

    init(number: Int) {
        phone = ReceivedPhone("9198\(10_000_000 + number)")
        // Ids as long as WhatsApp's, in no particular order.
        let digits = String(UInt64(number + 1) &* 0x9E37_79B9_7F4A_7C15)
        userID = Identity(kind: "whatsapp_user_id", scope: "main", value: "IN.\(digits)")
        parentUserID = Identity(kind: "whatsapp_parent_user_id", scope: "main", value: "IN.ENT.\(digits)")
    }

    func party(_ way: Way) -> Party {
        switch way {
        case .phone: Party(phone: phone)
        case .userID: Party(identities: [userID])
        case .pair: Party(phone: phone, identities: [userID])
        }
    }

    var message: Event {
        let message = Message(type: .text, sender: phone.text, text: "Hello", content: #"{"body":"Hello"}"#)
        let party = Party(phone: phone, identities: [userID, parentUserID], displayName: "Asha Rao")
        return Event(
            externalID: "wamid.\(phone.text)", channel: .whatsapp, line: "106540352242922", party: party, effect: .moves,
            content: .message(message))
    }
}
