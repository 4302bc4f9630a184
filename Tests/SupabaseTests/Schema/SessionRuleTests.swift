import Foundation
import JSON
import Messaging
import SharedCases
import Supabase
import SwitchboardTesting
import Testing

@Suite("The rules of sessions in the shared database")
struct SessionRuleTests {
    @Test("Contacts and sessions follow the cases of Tests/SessionRules", arguments: try SessionRuleCase.all())
    func rule(_ rule: SessionRuleCase) async throws {
        try await rule.check(DatabaseRuleStore(database: SchemaDatabase.makeCopy(), portfolios: rule.portfolios))
    }
}

/// Runs the cases of `Tests/SessionRules` against the SQL functions.
private struct DatabaseRuleStore: RuleStore {
    let database: SchemaDatabase
    let portfolios: Portfolios

    var now: Instant { .now }
    static let isShared = true
    func execute(_ sql: String) async throws { try await database.execute(sql) }
    func rows(_ sql: String) async throws -> [String] { try await database.rows(sql) }

    func perform(_ event: RuleEvent, from start: Instant) async throws -> RuleOutcome {
        switch event {
        case .message(let phone, let ids, let at):
            let sent = start.adding(.seconds(at))
            let contact = stranger(phone: phone, since: sent)
            let sender = phone.map { #","sender":"\#($0)""# } ?? ""
            let message =
                #"{"message_id":"\#(Self.fresh())","session_id":"\#(contact.session)","contact_id":"\#(contact.id)","provider":"p","account":"a","#
                + #""external_id":"m-\#(contact.id)","channel":"whatsapp","direction":"inbound"\#(sender),"type":"text","sent_at":"\#(sent)","#
                + #""received_at":"\#(now)","moves":true}"#
            let identities = (phone.map { [Identity(kind: "phone", scope: "", value: $0)] } ?? []) + ids.map { .ruleID($0) }
            try await ingest(
                contacts: [contact.row], identities: identities.map { row($0, of: contact.id) }, sessions: [contact.draft],
                messages: [message])
            return RuleOutcome()
        case .start(let phone, let customer):
            let contact = stranger(phone: phone, since: now)
            let identity = row(Identity(kind: "phone", scope: "", value: phone), of: contact.id)
            let named = customer.map { #","customer_id":"\#($0)""# } ?? ""
            let answer = try await database.call(
                .start,
                """
                {"version":1,"contact":\(contact.row),"identities":[\(identity)],"session":\(contact.draft),"is_live":false,\
                "idle_seconds":86400\(named)}
                """)
            return RuleOutcome(answer["outcome"].string, session: answer["session"]["session_id"].string.flatMap { SessionID($0) })
        case .end(let session):
            let answer = try await database.call(.end, #"{"session_token":"\#(session.token.revealed)"}"#)
            return RuleOutcome(answer["outcome"].string)
        case .change(let contact, let phone, let ids, let at):
            // A contact's row comes with all identities that lead to the contact.
            let number = phone.map { [Identity(kind: "phone", scope: "", value: $0)] } ?? []
            let identities = contact.identities + number + ids.map { .ruleID($0) }
            let changed = phone ?? contact.phone
            let since = phone == nil ? contact.numberSince.map { start.adding(.seconds($0)) } : start.adding(.seconds(at))
            try await ingest(
                contacts: [Self.row(contact: "\(contact.id)", phone: changed, since: since, at: now)],
                identities: identities.map { row($0, of: "\(contact.id)") })
            return RuleOutcome()
        case .report(let session, _), .meet(let session):
            let phone = try await rows("SELECT phone FROM contacts WHERE contact_id = '\(session.contact)'").first
            try await ingest(sessions: [Self.row(session.session(phone: phone, at: start))])
            return RuleOutcome()
        }
    }

    /// A new contact and session of a person whom the instance does not know yet.
    private func stranger(phone: String?, since: Instant) -> (id: String, row: String, session: String, draft: String) {
        let (id, session) = (Self.fresh(), Self.fresh())
        let phone = phone.map { $0.hasPrefix("+") ? $0 : "+" + $0 }
        let draft = Session(
            id: SessionID(session) ?? SessionID(bits: (0, 0)), contactID: ContactID(id) ?? ContactID(bits: (0, 0)), customerID: nil,
            phone: phone, channel: .whatsapp, token: Secret("token-\(session)"), status: .active, createdAt: now, lastActivity: now,
            expiresAt: now.adding(.seconds(86_400)), metadata: "{}")
        return (id, Self.row(contact: id, phone: phone, since: since, at: now), session, Self.row(draft))
    }

    private func ingest(
        contacts: [String] = [], identities: [String] = [], sessions: [String] = [], messages: [String] = []
    ) async throws {
        let lists = [("contacts", contacts), ("identities", identities), ("sessions", sessions), ("messages", messages)]
        let members = lists.filter { !$0.1.isEmpty }.map { #","\#($0.0)":[\#($0.1.joined(separator: ","))]"# }
        _ = try await database.call(.ingest, #"{"version":1,"batch_id":"b"\#(members.joined())}"#)
    }

    private static func row(contact id: String, phone: String?, since: Instant?, at now: Instant) -> String {
        let phone = phone.map { #","phone":"\#($0)","phones":["\#($0)"]"# } ?? ""
        let since = since.map { #","number_since":"\#($0)""# } ?? ""
        return #"{"contact_id":"\#(id)"\#(phone)\#(since),"created_at":"\#(now)","updated_at":"\#(now)"}"#
    }

    private func row(_ identity: Identity, of contact: String) -> String {
        let others = portfolios[identity.scope].map { #""\#($0)""# }.joined(separator: ",")
        return """
            {"kind":"\(identity.kind)","scope":"\(identity.scope)","scopes":[\(others)],"value":"\(identity.value)",\
            "contact_id":"\(contact)"}
            """
    }

    private static func row(_ session: Session) -> String {
        let phone = session.phone.map { #","phone":"\#($0)","phones":["\#($0)"]"# } ?? ""
        return """
            {"session_id":"\(session.id)","contact_id":"\(session.contactID)","customer_id":"\(session.shownCustomerID)",\
            "customer_named":\(session.customerID != nil)\(phone),"channel":"\(session.channel)","session_token":"\(session.token.revealed)",\
            "status":"\(session.status.rawValue)","created_at":"\(session.createdAt)","last_activity":"\(session.lastActivity)",\
            "expires_at":"\(session.expiresAt)","metadata":\(session.metadata),"changed":true}
            """
    }

    private static func fresh() -> String {
        "\(ContactID(milliseconds: Instant.now.milliseconds, sequence: 0, random: .random(in: 0...UInt64.max)))"
    }
}
