import Journal
import Messaging
import Operations
import Replay

/// Formats captures for a terminal.
enum CaptureListing {
    /// A line of headings, then one line per capture. On a terminal that is too narrow for all columns, each capture still has one line:
    /// its time is shown as an age, the items may be cut, and state and size are omitted. Of a refused one the items say this.
    static func lines(_ captures: [ListedCapture], at now: Instant, as text: TerminalText = .plain) -> [String] {
        let rows = captures.map { listed in
            let capture = listed.capture
            return [
                capture.id.description, text.time(capture.delivery.receivedAt), "\(capture.delivery.adapter)/\(capture.delivery.account)",
                state(capture), summary(listed), "\(capture.delivery.body.count)",
            ]
        }
        let all = [["DELIVERY", "RECEIVED", "ACCOUNT", "STATE", "ITEMS", "BYTES"]] + rows
        let widths = [38, 26, 24, 14, 24, 0]
        if let fitted = text.fitted(all, cutting: 4, to: 20) { return text.table(fitted, widths) }
        let short = zip(captures, rows).map { listed, row in
            let capture = listed.capture
            let age = TerminalText.age(of: capture.delivery.receivedAt, at: now)
            return [row[0], age, row[2], capture.refusal == nil ? row[4] : row[3]]
        }
        if let fitted = text.fitted([["DELIVERY", "AGE", "ACCOUNT", "ITEMS"]] + short, cutting: 3, to: 8) {
            return text.table(fitted, [38, 5, 10, 0])
        }
        return text.table(all, widths)
    }

    private static func state(_ capture: Capture) -> String {
        capture.refusal.map { "\(capture.state.rawValue) \($0.status)" } ?? capture.state.rawValue
    }

    /// `2 text, 1 read, 1 differing`.
    private static func summary(_ listed: ListedCapture) -> String {
        let counts = listed.types + (listed.differing > 0 ? [(type: "differing", count: listed.differing)] : [])
        let parts = counts.map { "\($0.count) \($0.type)" }
        return parts.isEmpty ? "-" : parts.joined(separator: ", ")
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
        if !detail.differing.isEmpty { lines += ["", "Differs from what is stored (- the stored value, + the value in this delivery):"] }
        for item in detail.differing { lines += [""] + self.lines(of: item) }
        for session in detail.sessions { lines += ["", "Session:", SessionListing.card(session, at: now, as: text)] }
        return lines.joined(separator: "\n")
    }

    /// The item on one line, then each differing column on lines of its own: the stored value, then the delivery's.
    private static func lines(of item: DifferingItem) -> [String] {
        let head = "\(item.table.rawValue)  \(item.type)  \(item.externalID)".printable
        guard let storedBy = item.storedBy else { return [head, "  the stored item no longer exists"] }
        let origin = [head, "  stored by \(storedBy)"]
        guard let columns = item.columns else {
            return origin + ["  what differs is unknown: the settings have no account for it, or this version reads it differently"]
        }
        guard !columns.isEmpty else {
            return origin + ["  no longer differs: the stored item was completed since, or this version reads both alike"]
        }
        return origin
            + columns.flatMap { column in
                [column.stored.map { "  - \(column.name): \($0)" }, column.made.map { "  + \(column.name): \($0)" }]
                    .compactMap { $0?.printable }
            }
    }
}
