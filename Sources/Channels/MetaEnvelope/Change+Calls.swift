import JSON
import Messaging

extension Change {
    /// A voice call that begins or ends. Only a call that the person began is something they did; one without a direction counts as theirs,
    /// unless it comes from the line itself.
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
        // By the direction it would be the business: the person is at the other end.
        return isBusiness(person) ? .sender(of: call) : named(person)
    }
}
