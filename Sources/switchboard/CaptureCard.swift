import JSON
import Journal
import Messaging
import Replay

/// One capture with all that is known of it.
enum CaptureCard {
    static func text(_ capture: Capture, _ items: [StoredItem], _ sessions: [Session], at now: Instant) -> String {
        let delivery = capture.delivery
        var values = [
            ("delivery", capture.id.description), ("received", delivery.receivedAt.description),
            ("account", "\(delivery.adapter)/\(delivery.account)"), ("state", capture.state.rawValue),
        ]
        if let refusal = capture.refusal { values.append(("refused", "\(refusal.status) \(refusal.reason)")) }
        if let person = capture.person { values.append(("person", person)) }
        var lines = values.map { CaptureTable.padded($0.0, to: 15) + $0.1 }
        lines += ["", "\(delivery.method) \(delivery.target)"]
        lines += delivery.headers.map { "\($0.name): \($0.value)" }
        lines += ["", BodyText(delivery).text, "", items.isEmpty ? "Nothing is stored of it." : "Stored:"]
        for item in items {
            lines += ["", "\(item.table.rawValue)  \(item.type)  \(item.externalID)", IndentedJSON(item.record).text]
        }
        for session in sessions { lines += ["", "Session:", SessionTable.card(session, at: now)] }
        return lines.joined(separator: "\n")
    }

    /// The capture as a line of an export, and the items' rows beside it.
    static func json(_ capture: Capture, _ items: [StoredItem]) -> String {
        var writer = JSONWriter()
        writer.object { object in
            object.key("capture")
            object.raw(CaptureLine(capture).bytes())
            object.key("items")
            object.array { list in
                for item in items {
                    list.object { members in
                        members.member("table", item.table.rawValue)
                        members.member("session_id", ifPresent: item.sessionID?.description)
                        members.member("record", raw: item.record)
                    }
                }
            }
        }
        return writer.text
    }
}
