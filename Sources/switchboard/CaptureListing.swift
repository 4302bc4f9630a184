import Journal
import Messaging
import Operations
import Replay

/// Formats captures for a terminal.
enum CaptureListing {
    /// A line of headings, then one line per capture.
    static func lines(_ captures: [ListedCapture], as text: TerminalText = .plain) -> [String] {
        let rows = captures.map { listed in
            let capture = listed.capture
            return [
                capture.id.description, text.time(capture.delivery.receivedAt), "\(capture.delivery.adapter)/\(capture.delivery.account)",
                state(capture), summary(listed.items), "\(capture.delivery.body.count)",
            ]
        }
        return text.table([["DELIVERY", "RECEIVED", "ACCOUNT", "STATE", "ITEMS", "BYTES"]] + rows, [38, 26, 24, 14, 24, 0])
    }

    private static func state(_ capture: Capture) -> String {
        capture.refusal.map { "\(capture.state.rawValue) \($0.status)" } ?? capture.state.rawValue
    }

    /// `2 text, 1 read`.
    private static func summary(_ items: [StoredItem]) -> String {
        let types = items.map { $0.table == .deadLetters ? "dead letter" : $0.type.loggedWord }
        let counts = Dictionary(grouping: types) { $0 }.map { ($0.value.count, $0.key) }.sorted { ($1.0, $0.1) < ($0.0, $1.1) }
        return counts.isEmpty ? "-" : counts.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
    }
}

/// One capture with everything known about it.
enum CaptureCard {
    static func text(_ detail: CaptureDetail, at now: Instant, as text: TerminalText = .plain) -> String {
        let (capture, items) = (detail.capture, detail.items)
        let delivery = capture.delivery
        var values = [
            ("delivery", capture.id.description), ("received", text.time(delivery.receivedAt)),
            ("account", "\(delivery.adapter)/\(delivery.account)"), ("state", capture.state.rawValue),
        ]
        if let refusal = capture.refusal { values.append(("refused", "\(refusal.status) \(refusal.reason)")) }
        if let person = capture.person { values.append(("person", person)) }
        var lines = [text.card(values), "", "\(delivery.method) \(delivery.target)".printable]
        lines += delivery.headers.map { "\($0.name): \($0.value)".printable }
        lines += ["", BodyText(delivery).text.printableLines, "", items.isEmpty ? "Nothing is stored from this delivery." : "Stored:"]
        for item in items {
            lines += [
                "", "\(item.table.rawValue)  \(item.type)  \(item.externalID)".printable, IndentedJSON(item.record).text.printableLines,
            ]
        }
        if !detail.differing.isEmpty { lines += ["", "Differs from what is stored:"] }
        for item in detail.differing { lines += [""] + self.lines(of: item) }
        for session in detail.sessions { lines += ["", "Session:", SessionListing.card(session, at: now, as: text)] }
        return lines.joined(separator: "\n")
    }

    /// The item on one line, then each differing column on lines of its own: the stored value, then the delivery's.
    private static func lines(of item: DifferingItem) -> [String] {
        let head = "\(item.table.rawValue)  \(item.type)  \(item.externalID)".printable
        guard let storedBy = item.storedBy else { return [head, "  the stored item no longer exists"] }
        let origin = [head, "  stored by \(storedBy)"]
        guard let columns = item.maskedColumns else {
            return origin + ["  what differs is unknown: the settings have no account for it, or its adapter reads it differently today"]
        }
        guard !columns.isEmpty else { return origin + ["  no longer differs"] }
        return origin
            + columns.flatMap { column in
                [column.stored.map { "  - \(column.name): \($0)" }, column.made.map { "  + \(column.name): \($0)" }]
                    .compactMap { $0?.printable }
            }
    }
}
