import Messaging

/// Rows of a batch, as an instance's journal would send them. Each contact, session and item has an id made of a small number.
enum ContractRows {
    static let start = Instant.now

    static func id(_ number: Int) -> String { "00000000-0000-7000-8000-" + String(String(1_000_000_000_000 + number).dropFirst()) }

    /// The minute after the start that is ten minutes from now, however long the run has taken.
    static var later: Int { 10 + Int(Instant.now.since(start) / .seconds(60)) }

    static func time(_ minutes: Int) -> String { start.adding(.seconds(minutes * 60)).description }

    static func contact(
        _ number: Int, phone: String? = nil, customer: String? = nil, name: String? = nil, made: Int = -60, changed: Int? = nil
    ) -> String {
        let customer = customer.map { #","customer_id":"\#($0)""# } ?? ""
        let name = name.map { #","display_name":"\#($0)""# } ?? ""
        let phone = phone.map { #","phone":"\#($0)","phones":["\#($0)"]"# } ?? ""
        let times = #""created_at":"\#(time(made))","updated_at":"\#(time(changed ?? made))""#
        return #"{"contact_id":"\#(id(number))"\#(phone)\#(customer)\#(name),\#(times)}"#
    }

    static func identity(_ kind: String, _ value: String, of contact: Int) -> String {
        #"{"kind":"\#(kind)","scope":"1","value":"\#(value)","contact_id":"\#(id(contact))"}"#
    }

    /// `seen` is the minute of the last activity. The session expires a day later, unless `expires` gives another minute.
    static func session(
        _ number: Int, of contact: Int, phone: String, status: String = "active", made: Int = -60, seen: Int = -5, expires: Int? = nil,
        isChanged: Bool = true
    ) -> String {
        """
        {"session_id":"\(id(number))","contact_id":"\(id(contact))","customer_id":"\(phone)","phone":"\(phone)","phones":["\(phone)"],\
        "channel":"chat","session_token":"token-\(number)","status":"\(status)","created_at":"\(time(made))",\
        "last_activity":"\(time(seen))","expires_at":"\(time(expires ?? seen + 1440))","metadata":{}\(isChanged ? #","changed":true"# : "")}
        """
    }

    static func message(
        _ number: Int, in session: Int, of contact: Int, external: String, received: Int = -5, direction: String = "inbound"
    ) -> String {
        """
        {"message_id":"\(id(number))","session_id":"\(id(session))","contact_id":"\(id(contact))","provider":"whatsapp-cloud",\
        "account":"main","external_id":"\(external)","channel":"whatsapp","direction":"\(direction)","type":"text","text":"Hello",\
        "sent_at":"\(time(received))","received_at":"\(time(received))","moves":true}
        """
    }

    static func event(_ number: Int, in session: Int, of contact: Int, external: String, received: Int = -5) -> String {
        """
        {"event_id":"\(id(number))","kind":"activity","type":"screen.viewed","session_id":"\(id(session))","contact_id":"\(id(contact))",\
        "provider":"kiosk","account":"lobby","external_id":"\(external)","data":{},"occurred_at":"\(time(received))",\
        "received_at":"\(time(received))","moves":true}
        """
    }

    static func batch(
        _ id: String = "b", contacts: [String] = [], identities: [String] = [], sessions: [String] = [], messages: [String] = [],
        events: [String] = []
    ) -> String {
        let lists = [
            ("contacts", contacts), ("identities", identities), ("sessions", sessions), ("messages", messages), ("events", events),
        ]
        let members = lists.filter { !$0.1.isEmpty }.map { #","\#($0.0)":[\#($0.1.joined(separator: ","))]"# }
        return #"{"version":1,"batch_id":"\#(id)"\#(members.joined())}"#
    }
}
