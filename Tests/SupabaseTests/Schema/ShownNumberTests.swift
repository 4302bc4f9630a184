import JSON
import Messaging
import Supabase
import SwitchboardTesting
import Testing

/// One instance is told of a change of number, while another one still sends rows with the former number.
@Suite("Numbers that are shown after a change, in the shared database")
struct ShownNumberTests {
    private static let (former, present) = ("+919876543210", "+919812345678")

    private static func row(_ contact: Int, phone: String, since: Int) -> String {
        """
        {"contact_id":"\(ContractRows.id(contact))","phone":"\(phone)","phones":["\(phone)"],"number_since":"\(ContractRows.time(since))",\
        "created_at":"\(ContractRows.time(-600))","updated_at":"\(ContractRows.time(0))"}
        """
    }

    private static func identity(_ number: String, of contact: Int) -> String {
        #"{"kind":"phone","scope":"","value":"\#(number.dropFirst())","contact_id":"\#(ContractRows.id(contact))"}"#
    }

    /// The rows of an instance that has not heard of the change: a message from the person, sent in this minute.
    private static func showing(sender: String?, at minute: Int) -> String {
        let sender = sender.map { #""sender":"\#($0)","# } ?? ""
        let message = ContractRows.message(21, in: 11, of: 1, external: "m-1", received: minute)
        return ContractRows.batch(
            contacts: [row(1, phone: former, since: -500)], identities: [identity(former, of: 1)],
            sessions: [ContractRows.session(11, of: 1, phone: former)], messages: ["{\(sender)\(message.dropFirst())"])
    }

    /// The change, from an instance that knows the person or has created its own contact.
    private static func change(of contact: Int, at minute: Int) -> String {
        ContractRows.batch(
            contacts: [row(contact, phone: present, since: minute)],
            identities: [identity(former, of: contact), identity(present, of: contact)])
    }

    private static func phone(after batches: [String]) async throws -> String? {
        let database = try await SchemaDatabase.makeCopy()
        for batch in batches { _ = try await database.call(.ingest, batch) }
        let rows = { try await database.rows("select contact_id, phone, number_since, merged_into from contacts order by 1") }
        let before = try await rows()
        for batch in batches { _ = try await database.call(.ingest, batch) }
        #expect(try await rows() == before, "carrying everything again changes nothing")
        return try await database.rows("select phone from contacts where contact_id = '\(ContractRows.id(1))'").first
    }

    @Test("A change before a message from the former number moves nobody, whichever instance it is reported to", arguments: [1, 2])
    func shown(contact: Int) async throws {
        let showing = Self.showing(sender: "919876543210", at: -10)
        #expect(try await Self.phone(after: [showing, Self.change(of: contact, at: -100)]) == Self.former)
    }

    @Test("A change after the message moves the person, and so does one after which they have shown no number", arguments: [1, 2])
    func moved(contact: Int) async throws {
        let before = Self.showing(sender: "919876543210", at: -100)
        #expect(try await Self.phone(after: [before, Self.change(of: contact, at: -10)]) == Self.present)
        let withoutNumber = Self.showing(sender: nil, at: -10)
        #expect(try await Self.phone(after: [withoutNumber, Self.change(of: contact, at: -100)]) == Self.present)
        let userID = Self.showing(sender: "1357986420", at: -10)
        #expect(try await Self.phone(after: [userID, Self.change(of: contact, at: -100)]) == Self.present)
    }

    @Test("A message from the former number that arrives after the change leaves them the new one, whenever it was sent")
    func changeFirst() async throws {
        let showing = Self.showing(sender: "919876543210", at: -10)
        let before = ContractRows.batch(contacts: [Self.row(1, phone: Self.former, since: -500)])
        #expect(try await Self.phone(after: [before, Self.change(of: 1, at: -100), showing]) == Self.present)
    }
}
