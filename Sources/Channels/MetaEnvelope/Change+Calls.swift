import JSON
import Messaging

extension Change {
    /// A voice call that begins or ends. It counts as the person's activity only if the person started it. Without a direction, the person
    /// started it unless it comes from the line itself.
    func call(_ item: Item) -> Event {
        identified(item) { id in
            let call = item.json
            let isFromLine = isBusiness(.sender(of: call))
            let isBusinessInitiated = isFromLine || call["direction"].string == "BUSINESS_INITIATED"
            let party = party(person(of: call, isFromLine: isFromLine))
            let name = call["event"].name ?? "unknown"
            let effect: SessionEffect = !isBusinessInitiated && name == "connect" ? .moves : .joins
            return event(
                item, id: id, party: party, at: call["timestamp"].time, effect: party == nil ? .none : effect,
                .activity(type: "call.\(name)", data: call.text ?? "{}"))
        }
    }

    private func person(of call: JSON, isFromLine: Bool) -> Person {
        let person = isFromLine ? Person.recipient(of: call) : .ofCall(call)
        // The direction would make the business the person, so the person is the sender.
        return isBusiness(person) ? .sender(of: call) : named(person)
    }
}
