import JSON
import Journal
import Messaging

/// Captures as a terminal shows them, a line each.
enum CaptureTable {
    static let header = row(["DELIVERY", "RECEIVED", "ACCOUNT", "STATE", "ITEMS", "BYTES"])

    static func row(_ capture: Capture, _ items: [StoredItem]) -> String {
        row([
            capture.id.description, capture.delivery.receivedAt.description, "\(capture.delivery.adapter)/\(capture.delivery.account)",
            state(capture), summary(items), "\(capture.delivery.body.count)",
        ])
    }

    /// One line of JSON.
    static func line(_ capture: Capture, _ items: [StoredItem]) -> String {
        var writer = JSONWriter()
        writer.object { line in
            line.member("delivery_id", capture.id.description)
            line.member("received_at", capture.delivery.receivedAt.description)
            line.member("adapter", capture.delivery.adapter.rawValue)
            line.member("account", capture.delivery.account.rawValue)
            line.member("state", capture.state.rawValue)
            if let refusal = capture.refusal {
                line.member("status", refusal.status)
                line.member("reason", refusal.reason)
            }
            line.member("items", items.count)
            line.member("bytes", capture.delivery.body.count)
        }
        return writer.text
    }

    private static func state(_ capture: Capture) -> String {
        capture.refusal.map { "\(capture.state.rawValue) \($0.status)" } ?? capture.state.rawValue
    }

    /// `2 text, 1 read`.
    private static func summary(_ items: [StoredItem]) -> String {
        let types = items.map { $0.table == .deadLetters ? "dead letter" : $0.type }
        let counts = Dictionary(grouping: types) { $0 }.map { ($0.value.count, $0.key) }.sorted { ($1.0, $0.1) < ($0.0, $1.1) }
        return counts.isEmpty ? "-" : counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }

    private static func row(_ cells: [String]) -> String {
        zip(cells, [38, 26, 24, 14, 24, 0]).map { padded($0, to: $1) }.joined()
    }

    static func padded(_ text: String, to width: Int) -> String {
        text + String(repeating: " ", count: max(width - text.count, width == 0 ? 0 : 1))
    }
}
