import JSON
import Supabase
import SwitchboardTesting
import Testing

/// Who has a number, in whatever order the rows of the two people reach the database.
@Suite("Numbers that pass to another person")
struct NumberPassingTests {
    private static let number = "+919876543210"
    private static let (giver, taker) = (ContractRows.id(1), ContractRows.id(2))

    /// A contact's row as a gateway sends it.
    private struct Person {
        let id: String
        let phone: String?
        let since: String?
        var from: String?
        var customer: String?
        var changed = "2026-11-25T10:00:00.000Z"

        var row: String {
            let members = [
                ("phone", phone), ("number_since", since), ("number_from", from), ("customer_id", customer), ("updated_at", changed),
                ("created_at", "2026-11-25T08:00:00.000Z"),
            ]
            return "{"
                + (["\"contact_id\":\"\(id)\""] + members.compactMap { name, value in value.map { "\"\(name)\":\"\($0)\"" } })
                .joined(separator: ",") + "}"
        }
    }

    private static let before = Person(id: giver, phone: number, since: "2026-11-25T08:00:00.000Z", customer: "103")
    private static let after = Person(id: giver, phone: "+919812345678", since: "2026-11-25T10:00:00.000Z", customer: "103")
    private static let new = Person(id: taker, phone: number, since: "2026-11-25T10:00:00.000Z", from: giver, customer: "104")

    private static func phones(after rows: [Person]) async throws -> [String] {
        let database = try await SchemaDatabase.makeCopy()
        for person in rows { _ = try await database.call(.ingest, #"{"version":1,"batch_id":"b","contacts":[\#(person.row)]}"#) }
        return try await database.rows("select phone, customer_id from contacts where merged_into is null order by contact_id")
    }

    @Test("In whichever order the two rows arrive, both people exist, each with their own data")
    func eitherOrder() async throws {
        let expected = ["+919812345678|103", "\(Self.number)|104"]
        #expect(try await Self.phones(after: [Self.before, Self.after, Self.new]) == expected)
        #expect(try await Self.phones(after: [Self.before, Self.new, Self.after]) == expected)
        #expect(try await Self.phones(after: [Self.before, Self.new, Self.after, Self.before, Self.new]) == expected)
    }

    @Test("A person who gave up the number is renamed later, and does not get the number back from an older report")
    func givenUp() async throws {
        let renamed = Person(id: Self.giver, phone: nil, since: nil, customer: "103", changed: "2026-11-25T11:00:00.000Z")
        #expect(try await Self.phones(after: [Self.before, renamed, Self.new]) == ["-|103", "\(Self.number)|104"])
        #expect(try await Self.phones(after: [Self.before, renamed, Self.new, Self.before]) == ["-|103", "\(Self.number)|104"])
    }

    @Test("A number that returned stays, even if the report of its passing arrives late")
    func cameBack() async throws {
        let back = Person(
            id: Self.giver, phone: Self.number, since: "2026-11-25T12:00:00.000Z", from: Self.taker, customer: "103",
            changed: "2026-11-25T12:00:00.000Z")
        #expect(try await Self.phones(after: [Self.before, Self.new, back, Self.new]) == ["\(Self.number)|103", "-|104"])
    }

    @Test(
        "The new holder of a number can start a session before the former holder's report arrives; without one it is a conflict"
    )
    func start() async throws {
        for (person, outcome) in [(Self.new, "created"), (Person(id: Self.taker, phone: Self.number, since: Self.new.since), "conflict")] {
            let database = try await SchemaDatabase.makeCopy()
            let session =
                #""session_id":"\#(ContractRows.id(11))","contact_id":"\#(Self.giver)","customer_id":"103","customer_named":true,"#
            let rest = #""phone":"\#(Self.number)","channel":"chat","session_token":"t1","status":"active","created_at":"\#(Self.now)","#
            let times = #""last_activity":"\#(Self.now)","expires_at":"2999-01-01T00:00:00.000Z","metadata":{}"#
            _ = try await database.call(
                .ingest, #"{"version":1,"batch_id":"b","contacts":[\#(Self.before.row)],"sessions":[{\#(session)\#(rest)\#(times)}]}"#)
            let draft = #"{"session_id":"\#(ContractRows.id(12))","contact_id":"\#(Self.taker)","channel":"chat","session_token":"t2"}"#
            let answer = try await database.call(
                .start,
                #"{"contact":\#(person.row),"identities":[],"session":\#(draft),"customer_id":"104","is_live":false,"idle_seconds":3600}"#)
            #expect(answer["outcome"].string == outcome)
        }
    }

    private static let now = "2026-11-25T09:00:00.000Z"

    @Test("Without a report of its passing, two contacts that show one number are one person")
    func same() async throws {
        let again = Person(id: Self.taker, phone: Self.number, since: "2026-11-25T10:00:00.000Z")
        #expect(try await Self.phones(after: [Self.before, again]) == ["\(Self.number)|103"])
    }
}
