import JSON
import Messaging
import SharedCases
import Supabase
import SwitchboardTesting
import Testing

@Suite("Messages that complete a stored one, in the database")
struct CompletedMessageTests {
    private static let mark = #"{"type":"media_placeholder"}"#
    private static let placeholder = (type: "unsupported", content: #"{"id":"w","type":"media_placeholder"}"#)
    private static let whole = (type: "image", content: #"{"id":"9"}"#)

    /// The row of a message `w`, as a gateway's journal would send it.
    private func row(_ number: Int, _ message: (type: String, content: String), inSession: Bool = false, text: String? = nil) -> String {
        let text = text.map { #","text":"\#($0)""# } ?? ""
        let session = inSession ? #","session_id":"\#(ContractRows.id(11))","contact_id":"\#(ContractRows.id(1))""# : ""
        return """
            {"message_id":"\(ContractRows.id(number))","provider":"whatsapp-cloud","account":"main","external_id":"w","channel":"whatsapp",\
            "direction":"inbound","type":"\(message.type)"\(text),"content":\(message.content)\(session),"sent_at":"\(ContractRows.time(number))",\
            "received_at":"\(ContractRows.time(number))","delivery_id":"\(ContractRows.id(100 + number))"}
            """
    }

    private func batch(_ rows: [String], marks: [String] = [mark]) -> String {
        let phone = "+919876543210"
        let batch = ContractRows.batch(
            contacts: [ContractRows.contact(1, phone: phone)], sessions: [ContractRows.session(11, of: 1, phone: phone)], messages: rows)
        return batch.dropLast() + #","placeholders":{"whatsapp-cloud":[\#(marks.joined(separator: ","))]}}"#
    }

    private func stored(_ database: SchemaDatabase) async throws -> [String] {
        try await database.rows("select message_id, type, text, content, session_id, contact_id, delivery_id from messages")
    }

    @Test("Every pair of messages follows the rule of the functions", arguments: MessageSuccessionCase.all)
    func rule(succession: MessageSuccessionCase) async throws {
        let database = try await SchemaDatabase.makeCopy()
        func values(_ message: (kind: MessageSuccessionCase.Kind, isInSession: Bool)) -> String {
            let (type, content) = message.kind == .placeholder ? Self.placeholder : Self.whole
            return "'\(type)', '\(content)', \(message.isInSession ? "'\(ContractRows.id(11))'::uuid" : "null")"
        }
        let call = "select switchboard.completes('[\(Self.mark)]', \(values(succession.new)), \(values(succession.stored)))"
        #expect(try await database.rows(call) == [succession.completes ? "t" : "f"])
    }

    @Test(
        "A message and its placeholder give one completed row in any order, in separate calls or in one",
        arguments: [[1, 2], [2, 1], [1, 2, 1, 2]])
    func orders(numbers: [Int]) async throws {
        let rows = [1: row(1, Self.placeholder), 2: row(2, Self.whole, text: "A cat")]
        let given = numbers.compactMap { rows[$0] }
        for calls in [given.map { [$0] }, [given]] {
            let database = try await SchemaDatabase.makeCopy()
            for call in calls { _ = try await database.call(.ingest, batch(call)) }
            let message = try await stored(database)
            #expect(message.count == 1 && message[0].hasSuffix(#"|image|A cat|{"id": "9"}|-|-|\#(ContractRows.id(102))"#), "\(message)")
            for call in calls { #expect(try await database.call(.ingest, batch(call))["stored"]["messages"].int == 0) }
            #expect(try await stored(database) == message)
        }
    }

    @Test("The row keeps its id, and the answer counts it as stored")
    func answer() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, batch([row(1, Self.placeholder)]))
        let answer = try await database.call(.ingest, batch([row(2, Self.whole)]))
        #expect(answer["stored"]["messages"].int == 1)
        #expect(try await database.rows("select message_id, received_at = sent_at from messages") == ["\(ContractRows.id(1))|t"])
    }

    @Test("A live message puts its copy from the history into its session, and the copy does not remove it again")
    func copies() async throws {
        let database = try await SchemaDatabase.makeCopy()
        for call in [row(1, Self.whole), row(2, Self.whole, inSession: true), row(1, Self.whole)] {
            _ = try await database.call(.ingest, batch([call]))
        }
        let place = "\(ContractRows.id(11))|\(ContractRows.id(1))|\(ContractRows.id(102))"
        #expect(try await stored(database) == [#"\#(ContractRows.id(1))|image|-|{"id": "9"}|\#(place)"#])
    }

    @Test("Without marks, and for another provider, no message is a placeholder")
    func unmarked() async throws {
        let database = try await SchemaDatabase.makeCopy()
        _ = try await database.call(.ingest, batch([row(1, Self.placeholder)]))
        let other = batch([row(2, Self.whole)]).replacing(#""placeholders":{"whatsapp-cloud""#, with: #""placeholders":{"360dialog""#)
        for call in [other, batch([row(2, Self.whole)], marks: [])] { _ = try await database.call(.ingest, call) }
        #expect(try await database.rows("select type from messages") == ["unsupported"])
    }

    @Test("If a trigger of the project's own prevents a completion, the row is refused rather than lost")
    func discarded() async throws {
        let database = try await SchemaDatabase.makeCopy()
        try await database.execute(
            """
            create function discard() returns trigger language plpgsql as $$ begin return null; end $$;
            create trigger discard before update on messages for each row execute function discard();
            """)
        _ = try await database.call(.ingest, batch([row(1, Self.placeholder)]))
        let failure = await #expect(throws: CallFailure.self) { try await database.call(.ingest, batch([row(2, Self.whole)])) }
        #expect(failure?.description == "23000: a trigger on the table messages discards rows: trigger discard")
    }
}
