import JSON
import Messaging
import Testing
import WhatsAppCloud

@Suite("Statuses")
struct StatusTests {
    private let first =
        #""conversation":{"id":"c"},"pricing":{"billable":true},"type":"payment","recipient_type":"individual","recipient_user_id":"IN.1""#

    private func event(_ members: String, contacts: String = "[]") throws -> Event {
        let status = #"{"id":"wamid.1","status":"captured","timestamp":"1795338273","recipient_id":"919876543210",\#(members)}"#
        let value = #"{"contacts":\#(contacts),"statuses":[\#(status)]}"#
        let body = #"{"entry":[{"id":"1","changes":[{"field":"messages","value":\#(value)}]}]}"#
        return try #require(WhatsAppCloudAdapter(account: .testing).events(in: .testing(body)).first)
    }

    private func status(_ members: String) throws -> MessageStatus {
        guard case .status(let status) = try event(members).content else { throw NoStatus() }
        return status
    }

    @Test("What distinguishes statuses is the same as before further members were kept")
    func unchanged() throws {
        let status = try status(#"\#(first),"recipient_identity_key_hash":"h","parent_recipient_user_id":"IN.ENT.1","new":[1]"#)
        #expect(status.distinction == ["{\(first)}"])
        #expect(status.detail == #"{\#(first),"recipient_identity_key_hash":"h","parent_recipient_user_id":"IN.ENT.1","new":[1]}"#)
        #expect(try self.status(#""errors":[{"code":1}]"#).distinction == [])
    }

    @Test(
        "The members that distinguish two statuses of one second do so, whatever else they contain",
        arguments: [
            #""payment":{"reference_id":"1","refunds":[{"id":"r"}]}"#, #""participant_recipient_id":"919820123456""#,
            #""recipient_participant_parent_user_id":"IN.ENT.2""#, #""recipient_participant_id":"919820123456""#,
        ])
    func distinct(member: String) throws {
        let others = try [first, #"\#(first),"payment":{"reference_id":"1"}"#, #"\#(first),"participant_recipient_id":"919876543210""#].map(
            status)
        let one = try status("\(first),\(member)")
        #expect(others.allSatisfy { $0.distinction != one.distinction })
        #expect(try status("\(first),\(member)") == one)
    }

    @Test(
        "A status reports which number and id belong to one person, and nothing else about anybody",
        arguments: [
            (#""recipient_user_id":"IN.1""#, "[]", "IN.1"), (#""a":1"#, #"[{"wa_id":"919876543210","user_id":"IN.2"}]"#, "IN.2"),
            (#""recipient_user_id":"IN.1""#, #"[{"profile":{"name":"Asha"},"user_id":"IN.1"}]"#, "IN.1"), (#""a":1"#, "[]", nil),
            (#""a":1"#, #"[{"wa_id":"919820123456","user_id":"IN.3"},{"wa_id":"919820123457","user_id":"IN.4"}]"#, nil),
            (#""recipient_type":"group","recipient_user_id":"IN.1""#, "[]", nil),
        ])
    func pairs(members: String, contacts: String, id: String?) throws {
        let event = try event(members, contacts: contacts)
        #expect(event.effect == .none)
        #expect(
            event.party
                == id.map {
                    Party(
                        phone: ReceivedPhone("919876543210"),
                        identities: [Identity(kind: "whatsapp_user_id", scope: "main", value: $0)])
                })
    }

    private struct NoStatus: Error {}
}
