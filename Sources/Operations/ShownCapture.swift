public import JSON
public import Journal
public import Messaging
public import Replay
import Signing

extension JournalReader {
    /// Kept deliveries before a position, the latest first. `adapter` reads each again to count its duplicates.
    public func captureList(
        _ filter: CaptureFilter, before position: Int64 = .max, limit: Int, adapter: CaptureSigner.AdapterLookup
    ) async throws(JournalError) -> Page<SummarizedCapture> {
        let (captures, next) = try await self.captures(filter, before: position, limit: limit)
        var items: [SummarizedCapture] = []
        for capture in captures { items.append(try await summary(of: capture, adapter)) }
        return Page(items: items, next: next.map { "\($0)" })
    }

    /// One delivery with everything known about it, for a browser; nil if no delivery is kept under the id.
    public func shownCapture(_ id: DeliveryID, adapter: CaptureSigner.AdapterLookup) async throws(JournalError) -> ShownCapture? {
        guard let detail = try await captureDetail(id, adapter: adapter) else { return nil }
        return ShownCapture(detail: detail, summary: try await summary(of: detail.capture, adapter))
    }

    private func summary(of capture: Capture, _ adapter: CaptureSigner.AdapterLookup) async throws(JournalError) -> SummarizedCapture {
        let items = capture.state == .refused ? [] : try await self.items(of: capture.id)
        let stored = items.count { $0.table != .deadLetters }
        let reading = adapter(capture.delivery.adapter, capture.delivery.account)
        let read = capture.state == .refused ? nil : try? reading?.eventsToKeep(of: capture.delivery)
        let readable = read?.count { $0.unreadableItem == nil } ?? stored
        return SummarizedCapture(capture: capture, events: stored, duplicates: max(0, readable - stored))
    }
}

/// A delivery in a list for a browser.
public struct SummarizedCapture: Presentable, Equatable {
    /// The delivery as it was received.
    public let capture: Capture
    /// The number of messages, statuses and events that were stored from it.
    public let events: Int
    /// The number of its items that were not stored, since the journal had an item with the same id; 0 if its account is not configured.
    public let duplicates: Int

    /// Writes what identifies the delivery, and counts.
    public func write(to writer: inout JSONWriter) { writer.object { write(membersTo: &$0) } }

    fileprivate func write(membersTo object: inout JSONWriter) {
        object.member("delivery_id", capture.id.description)
        object.member("adapter", capture.delivery.adapter.rawValue)
        object.member("account", capture.delivery.account.rawValue)
        object.member("received_at", capture.delivery.receivedAt.description)
        object.member("bytes", capture.delivery.body.count)
        object.member("events", events)
        object.member("duplicates", duplicates)
        object.member("dead_letter", capture.state == .deadLetter)
    }
}

/// One delivery for a browser: the request, what was stored from it, and where it differs from what is stored.
public struct ShownCapture: Presentable, Equatable {
    /// The delivery and its items.
    public let detail: CaptureDetail
    /// The delivery as a list shows it.
    public let summary: SummarizedCapture

    /// Writes the delivery with its secrets hidden. A body that is not text is in Base64.
    public func write(to writer: inout JSONWriter) {
        let delivery = detail.capture.delivery
        writer.object { object in
            summary.write(membersTo: &object)
            object.member("state", detail.capture.state.rawValue)
            object.member("method", delivery.method)
            object.member("target", delivery.target)
            object.key("headers")
            object.array { list in
                for header in delivery.headers {
                    list.array { pair in
                        pair.string(header.name)
                        pair.string(header.isHarmless ? header.value : "•••")
                    }
                }
            }
            if let text = String(validating: delivery.body, as: UTF8.self) {
                object.member("body", text)
            } else {
                object.member("body_base64", Base64.encode(delivery.body))
            }
            object.key("stored")
            object.array { list in
                for item in detail.items { item.write(to: &list) }
            }
            object.key("duplicate_of")
            object.array { list in
                for id in Set(detail.differing.compactMap(\.storedBy)).sorted() { list.string(id.description) }
            }
            object.key("differences")
            object.array { list in
                for item in detail.differing { item.write(to: &list) }
            }
        }
    }
}

extension Delivery.Header {
    /// The headers that say nothing secret: what redaction keeps, and what HTTP itself needs.
    private static let harmless: Set = [
        "accept", "accept-encoding", "content-encoding", "content-length", "content-type", "date", "host", "user-agent", "webhook-id",
        "webhook-timestamp",
    ]

    fileprivate var isHarmless: Bool { Self.harmless.contains(name) }
}
