import Journal
import Messaging
import SwitchboardTesting

// The events of actions.
extension Stage {
    func number(_ person: Int, isMoved: Bool? = nil) -> String {
        "9198765\(isMoved ?? moved.contains(person) ? 5 : 4)32\(10 + person)"
    }

    func party(_ person: Int, _ sight: Action.Sight) -> Party {
        let id = Identity(kind: "whatsapp_user_id", scope: "main", value: "IN.\(person)")
        switch sight {
        case .phone: return Party(phone: ReceivedPhone(number(person, isMoved: false)))
        case .local:
            return Party(
                phone: ReceivedPhone(String(number(person, isMoved: false).dropFirst(2)), region: "IN"))
        case .id: return Party(identities: [id])
        case .both:
            return Party(
                phone: ReceivedPhone(number(person, isMoved: false)), identities: [id],
                displayName: "Person \(person)")
        case .other: return Party(phone: ReceivedPhone(number(person, isMoved: true)))
        }
    }

    /// What an account's event shows of a number and a user id.
    func party(_ phone: Int?, _ user: Int?, _ account: ModelAccount) -> Party {
        let ids = user.map { user in
            account.account.identityScopes.map { Identity(kind: "whatsapp_user_id", scope: $0, value: "IN.\(user)") }
        }
        return Party(phone: phone.map { ReceivedPhone(number($0, isMoved: false)) }, identities: ids ?? [])
    }

    func request(_ person: Int, _ customer: Int) -> StartRequest {
        StartRequest(
            phone: ReceivedPhone("+\(number(person))"), channel: .chat,
            customerID: customer == 0 ? nil : "c\(customer)",
            metadata: customer == 0 ? nil : #"{"customer":\#(customer)}"#)
    }

    func delivery(size: Int = 2, at account: ModelAccount = .main) -> Delivery {
        Delivery(
            adapter: "whatsapp-cloud", account: AccountName(account.name), receivedAt: clock.now,
            target: "/webhooks/whatsapp-cloud/\(account.name)",
            headers: [Delivery.Header("user-agent", "a provider whose name is long enough that a form is worth it (0.1)")],
            body: Array(repeating: UInt8(ascii: " "), count: size))
    }

    func message(_ id: Int, _ party: Party) -> Event { message("m-\(id)", party) }

    func message(_ id: String, _ party: Party, effect: SessionEffect = .moves) -> Event {
        let message = Message(
            type: .text, sender: party.phone?.text, text: "Hello", content: #"{"body":"Hello"}"#)
        return Event(
            externalID: id, channel: .whatsapp, party: party, occurredAt: clock.now, effect: effect,
            content: .message(message))
    }

    func placeholder(_ id: Int, _ party: Party) -> Event {
        let message = Message(type: .unsupported, sender: party.phone?.text, content: Self.mark)
        return Event(
            externalID: "m-\(id)", channel: .whatsapp, party: party, occurredAt: clock.now, effect: .none,
            content: .message(message))
    }

    func status(_ id: Int) -> Event {
        // The text has a fixed length, so that a burst's rows are alike in any order.
        let status = MessageStatus(
            status: "sent", recipient: nil, detail: #"{"id":"\#(identifierText(id))"}"#)
        return Event(
            externalID: identifierText(id), channel: .whatsapp, effect: .none, content: .status(status))
    }

    /// A text in the form of a random id, which `State` replaces.
    private func identifierText(_ id: Int) -> String {
        let digits = String(id)
        return "00000000-0000-7000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
    }

    func unreadable(_ id: Int) -> Event {
        let error = PayloadError(.field, field: "[0].id", reason: "is missing")
        return Event(
            externalID: "item#\(id)", channel: .whatsapp, effect: .none,
            content: .unreadable(UnreadableItem(index: 0, error: error, record: #"{"number":\#(id)}"#)))
    }

    func mixed(_ id: Int, _ party: Party) -> [Event] {
        let activity = Event(
            externalID: "a-\(id)", channel: .kiosk, line: "lobby", party: party, occurredAt: clock.now,
            effect: .moves,
            content: .activity(type: "screen.viewed", data: #"{"screen":"cart"}"#))
        let notice = Event(
            externalID: "n-\(id)", channel: .whatsapp, effect: .none,
            content: .notice(type: "account_update", data: "{}"))
        return [message(id, party), status(id), activity, notice, unreadable(id)]
    }
}
