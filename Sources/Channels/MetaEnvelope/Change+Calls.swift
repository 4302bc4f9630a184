import JSON
import Messaging

extension Change {
    /// A voice call that begins or ends. Only a call that the person began is something they did; one without a direction counts as
    /// theirs.
    func call(_ item: Item) -> Event {
        identified(item) { id in
            let call = item.json
            let isBusinessInitiated = call["direction"].string == "BUSINESS_INITIATED"
            let party = party(isBusinessInitiated ? .recipient(of: call) : .sender(of: call))
            let name = call["event"].identifier ?? "unknown"
            let effect: SessionEffect = !isBusinessInitiated && name == "connect" ? .moves : .joins
            return event(
                item, id: id, party: party, at: call["timestamp"].time, effect: party == nil ? .none : effect,
                .activity(type: "call.\(name)", data: call.text ?? "{}"))
        }
    }
}
