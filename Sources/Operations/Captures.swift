public import JSON
public import Journal
public import Messaging
public import Replay

extension JournalReader {
    /// The latest kept deliveries, the latest first, and the number of all that match.
    public func latestCaptures(_ filter: CaptureFilter, limit: Int) async throws(JournalError) -> (captures: [ListedCapture], count: Int) {
        guard filter.states != [.refused] else {
            let refused = try await refusedCaptures(filter, limit: .max)
            return (refused.prefix(limit).map { ListedCapture(capture: $0, items: [], differing: 0) }, refused.count)
        }
        var listed: [ListedCapture] = []
        for capture in try await lastCaptures(filter, limit: limit).reversed() {
            guard capture.state != .refused else {
                listed.append(ListedCapture(capture: capture, items: [], differing: 0))
                continue
            }
            let differing = try await differingItems(of: ReadCapture(capture, [])).count
            listed.append(ListedCapture(capture: capture, items: try await items(of: capture.id), differing: differing))
        }
        return (listed, try await captureCount(filter))
    }

    /// One delivery with its stored items and their sessions; nil if no delivery is kept under the id. `adapter` reads the delivery again
    /// to show how items differ from the stored ones; without it, differing items are listed without their columns.
    public func captureDetail(
        _ id: DeliveryID, adapter: CaptureSigner.AdapterLookup = { _, _ in nil }
    ) async throws(JournalError) -> CaptureDetail? {
        guard let capture = try await self.capture(id) else { return nil }
        let items = try await self.items(of: id)
        var sessions: [Session] = []
        for id in Set(items.compactMap(\.sessionID)) {
            if let session = try await self.session(id) { sessions.append(session) }
        }
        let reading = adapter(capture.delivery.adapter, capture.delivery.account)
        let events = (try? reading?.eventsToKeep(of: capture.delivery)) ?? []
        let differing = try await differingItems(
            of: ReadCapture(capture, events), passing: reading.map { type(of: $0).traits.passingContext } ?? [])
        return CaptureDetail(capture: capture, items: items, differing: differing, sessions: sessions)
    }

    /// Passes every kept delivery to `write`, the oldest first; with a redaction, as a fake of the same shape. With a `limit`, only the
    /// latest ones.
    public func exportCaptures(
        _ filter: CaptureFilter, limit: Int? = nil, redaction: Redaction? = nil, write: (Capture) throws -> Void
    ) async throws -> CaptureExport {
        let isRefused = filter.states == [.refused]
        var export = CaptureExport()
        var position: Int64 = 0
        while true {
            let captures =
                if isRefused {
                    try await refusedCaptures(filter, limit: limit ?? 100_000)
                } else if let limit {
                    try await lastCaptures(filter, limit: limit)
                } else {
                    try await self.captures(filter, after: position, limit: 500)
                }
            for capture in captures { try write(redaction?.redacted(capture) ?? capture) }
            export.count += captures.count
            guard let last = captures.last, !isRefused, limit == nil else { break }
            position = last.position
        }
        if !isRefused { export.unreadable = try await unreadableDeliveryCount() }
        return export
    }
}

/// A capture in a list.
public struct ListedCapture: Presentable, Equatable {
    /// The delivery as it was received.
    public let capture: Capture
    /// The items stored from it.
    public let items: [StoredItem]
    /// The number of its items that differ from the stored items with the same ids, and are not stored.
    public let differing: Int

    /// How many of the items have each type, the most frequent first. An item that could not be read is a `dead letter`.
    public var types: [(type: String, count: Int)] {
        let types = items.map { $0.table == .deadLetters ? "dead letter" : $0.type.loggedWord }
        let counts = Dictionary(grouping: types) { $0 }.map { (type: $0.key, count: $0.value.count) }
        return counts.sorted { ($1.count, $0.type) < ($0.count, $1.type) }
    }

    /// Writes what identifies the delivery, and the number of its items, in total and by type; `differing` only if there are such items.
    public func write(to writer: inout JSONWriter) {
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
            line.key("types")
            line.object { object in
                for (type, count) in types { object.member(type, count) }
            }
            if differing > 0 { line.member("differing", differing) }
            line.member("bytes", capture.delivery.body.count)
        }
    }
}

/// One capture with everything known about it.
public struct CaptureDetail: Presentable, Equatable {
    /// The delivery as it was received.
    public let capture: Capture
    /// The items stored from it.
    public let items: [StoredItem]
    /// The items that differ from those stored under the same ids.
    public let differing: [DifferingItem]
    /// The sessions of its items.
    public let sessions: [Session]

    /// Writes the capture as a line of an export, and the items' rows beside it.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.key("capture")
            object.raw(capture.jsonLine())
            object.key("items")
            object.array { list in
                for item in items { item.write(to: &list) }
            }
            object.key("differing")
            object.array { list in
                for item in differing { item.write(to: &list) }
            }
        }
    }
}

extension StoredItem {
    /// Writes the item's row and its session.
    func write(to writer: inout JSONWriter) {
        writer.object { members in
            members.member("table", table.rawValue)
            members.member("session_id", ifPresent: sessionID?.description)
            members.member("record", raw: record)
        }
    }
}

extension DifferingItem {
    /// The values are unmasked, as the capture's body and the stored rows beside it; items have no secret.
    func write(to writer: inout JSONWriter) {
        writer.object { item in
            item.member("table", table.rawValue)
            item.member("type", type)
            item.member("external_id", externalID)
            item.member("stored_by", ifPresent: storedBy?.description)
            guard let columns else { return }
            item.key("columns")
            item.array { list in
                for column in columns {
                    list.object { members in
                        members.member("name", column.name)
                        members.member("stored", ifPresent: column.stored)
                        members.member("made", ifPresent: column.made)
                    }
                }
            }
        }
    }
}

/// The result of an export.
public struct CaptureExport: Presentable, Equatable {
    /// The number of captures.
    public internal(set) var count = 0
    /// The number of deliveries of the journal that cannot be read, and so are in no export, whether or not the filter matches them.
    public internal(set) var unreadable = 0

    /// Writes `{"captures":7}`; `unreadable` only if there are such deliveries.
    public func write(to writer: inout JSONWriter) {
        writer.object { object in
            object.member("captures", count)
            if unreadable > 0 { object.member("unreadable", unreadable) }
        }
    }
}
