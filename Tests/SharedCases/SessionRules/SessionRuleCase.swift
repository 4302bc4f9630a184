import Foundation
import JSON
import Messaging
import Testing

/// A case of `Tests/SessionRules/session-rules.json`: the effect of an event on contacts and sessions.
public struct SessionRuleCase: Sendable, CustomTestStringConvertible {
    /// A sentence, unique in the file.
    public let name: String
    /// The contacts that are stored before the event.
    public let contacts: [RuleContact]
    public let sessions: [RuleSession]
    /// An event before the main one; nil if there is none.
    public let earlier: RuleEvent?
    public let event: RuleEvent
    /// The accounts that share user ids; none by default.
    public let portfolios: Portfolios
    let expected: JSON

    public var testDescription: String { name }

    /// All cases, in the order of the file.
    public static func all() throws -> [SessionRuleCase] {
        let path = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("../../SessionRules/session-rules.json").path
        let json = try JSON(parsing: Array(Data(contentsOf: URL(fileURLWithPath: path))))
        return try json.elements.map { try SessionRuleCase($0) }
    }

    private init(_ json: JSON) throws {
        name = json["name"].string ?? ""
        contacts = json["contacts"].members.map { RuleContact($0.key, $0.value) }
        sessions = json["sessions"].members.map { RuleSession($0.key, $0.value) }
        expected = json["expected"]
        let scopes = json["portfolio"].elements.compactMap(\.string)
        portfolios = Portfolios(
            scopes.dropFirst().map { Account(adapter: "whatsapp-cloud", name: AccountName($0), secrets: [], portfolio: scopes[0]) })
        guard !name.isEmpty, expected.kind == .object, let event = RuleEvent(json["event"], contacts, sessions) else {
            throw RuleProblem("a case that cannot be read: \(json.text ?? "")")
        }
        self.event = event
        earlier = RuleEvent(json["earlier"], contacts, sessions)
    }
}

/// A contact at the beginning of a case.
public struct RuleContact: Sendable {
    public let id: ContactID
    public let phone: String?
    public let customer: String?
    /// Ids of the kind `whatsapp_user_id`, in the scope `main` unless another precedes them, as in `acme/IN.1`.
    public let ids: [String]
    /// Numbers that led to the contact earlier.
    public let formerNumbers: [String]
    /// The time since which the number is theirs, in seconds from now; nil if it is unknown.
    public let numberSince: Int64?

    init(_ name: String, _ json: JSON) {
        id = RuleContact.id(name)
        phone = json["phone"].string
        customer = json["customer"].string
        ids = json["ids"].elements.compactMap(\.string)
        formerNumbers = json["had"].elements.compactMap(\.string)
        numberSince = json["since"].int
    }

    /// The id for a name: names in alphabetical order have ids in the order of creation.
    static func id(_ name: String) -> ContactID { ContactID(milliseconds: 1, sequence: 0, random: ordinal(name)) }

    /// The identities that lead to the contact.
    public var identities: [Identity] {
        ((phone.map { [$0] } ?? []) + formerNumbers).map { Identity(kind: "phone", scope: "", value: $0) }
            + ids.map { .ruleID($0) }
    }
}

extension Identity {
    /// A provider's id in a case: `IN.1`, or `acme/IN.1` for another scope than `main`.
    public static func ruleID(_ text: String) -> Identity {
        let parts = text.split(separator: "/", maxSplits: 1).map(String.init)
        return Identity(kind: "whatsapp_user_id", scope: parts.count == 2 ? parts[0] : "main", value: parts.last ?? "")
    }
}

/// A session at the beginning of a case, or in a report. Times are in seconds from now.
public struct RuleSession: Sendable {
    public let id: SessionID
    public let contact: ContactID
    public let customer: String?
    public let status: Session.Status
    public let mergedInto: SessionID?
    let opened: Int64
    let active: Int64
    let expires: Int64

    init(_ name: String, _ json: JSON, of known: RuleSession? = nil) {
        id = RuleSession.id(name)
        contact = json["of"].string.map { RuleContact.id($0) } ?? known?.contact ?? RuleContact.id("")
        customer = json["customer"].string
        status = json["status"].string.flatMap { Session.Status(rawValue: $0) } ?? .active
        mergedInto = json["merged_into"].string.map { RuleSession.id($0) }
        opened = json["opened"].int ?? known?.opened ?? 0
        active = json["active"].int ?? 0
        expires = json["expires"].int ?? 0
    }

    static func id(_ name: String) -> SessionID { SessionID(milliseconds: 2, sequence: 0, random: ordinal(name)) }

    /// Its token.
    public var token: Secret { Secret("token-\(id)") }

    /// The session with a phone, at a time.
    public func session(phone: String?, at now: Instant) -> Session {
        Session(
            id: id, contactID: contact, customerID: customer, phone: phone, channel: .chat, token: token, status: status,
            createdAt: now.adding(.seconds(opened)), lastActivity: now.adding(.seconds(active)),
            expiresAt: now.adding(.seconds(expires)), metadata: mergedInto.map { #"{"merged_into":"\#($0)"}"# } ?? "{}")
    }
}

/// The event of a case.
public enum RuleEvent: Sendable {
    /// A message, sent this many seconds from now.
    case message(phone: String?, ids: [String], at: Int64)
    case start(phone: String, customer: String?)
    case end(RuleSession)
    /// A change of somebody's number or ids, this many seconds from now.
    case change(RuleContact, phone: String?, ids: [String], at: Int64)
    /// A report: an instance's version of a session, and the database's version.
    case report(instance: RuleSession, database: RuleSession)
    case meet(RuleSession)

    init?(_ json: JSON, _ contacts: [RuleContact], _ sessions: [RuleSession]) {
        guard let (kind, value) = json.members.first(where: { _ in true }) else { return nil }
        let named = { (name: String) in sessions.first { $0.id == RuleSession.id(name) } }
        switch kind {
        case "message":
            self = .message(phone: value["phone"].string, ids: value["ids"].elements.compactMap(\.string), at: value["at"].int ?? 0)
        case "start": self = .start(phone: value["phone"].string ?? "", customer: value["customer"].string)
        case "end":
            guard let session = value.string.flatMap(named) else { return nil }
            self = .end(session)
        case "change":
            guard let name = value["of"].string, let contact = contacts.first(where: { $0.id == RuleContact.id(name) }) else { return nil }
            self = .change(
                contact, phone: value["phone"].string, ids: value["ids"].elements.compactMap(\.string), at: value["at"].int ?? 0)
        case "report":
            guard let (name, told) = value.members.first(where: { _ in true }), let known = named(name) else { return nil }
            self = .report(instance: RuleSession(name, told, of: known), database: known)
        case "meet":
            guard let (name, told) = value.members.first(where: { _ in true }) else { return nil }
            self = .meet(RuleSession(name, told))
        default: return nil
        }
    }
}

/// The reason why a case cannot be run.
public struct RuleProblem: Error {
    let what: String

    public init(_ what: String) { self.what = what }
}

private func ordinal(_ name: String) -> UInt64 { name.utf8.reduce(0) { $0 << 8 | UInt64($1) } }
