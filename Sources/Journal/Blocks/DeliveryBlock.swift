import Compression
import Messaging

/// Some hundreds of consecutive deliveries, compressed together: a single delivery has too little repetition.
struct DeliveryBlock: Sendable {
    /// The deliveries' positions, the first and the last.
    let positions: ClosedRange<Int64>
    /// The smallest and the largest id, as texts.
    let ids: ClosedRange<String>
    /// The times at which the first and the last delivery were received.
    let times: ClosedRange<String>
    let count: Int
    /// The size before compression, in bytes.
    let rawBytes: Int
    let data: [UInt8]

    /// The most deliveries of a block: one transaction can move so many without delaying others noticeably.
    static let deliveries = 300
    static let bytes = 1 << 20
    /// The largest size before compression, except for a block of a single delivery.
    private static let longest = 2 << 30

    /// Nil if there are no captures.
    init?(of captures: [Capture]) throws {
        guard let first = captures.first, let last = captures.last else { return nil }
        var writer = BlockWriter()
        var (ids, times) = (first.id.description...first.id.description, first.delivery.receivedAt...first.delivery.receivedAt)
        for capture in captures {
            writer.append(capture)
            let (id, time) = (capture.id.description, capture.delivery.receivedAt)
            ids = min(ids.lowerBound, id)...max(ids.upperBound, id)
            times = min(times.lowerBound, time)...max(times.upperBound, time)
        }
        positions = first.position...last.position
        self.ids = ids
        self.times = times.lowerBound.description...times.upperBound.description
        count = captures.count
        rawBytes = writer.bytes.count
        data = try Zstandard.compress(writer.bytes)
    }

    /// The deliveries in a block's bytes; throws if the bytes are damaged.
    static func captures(in data: [UInt8]) throws -> [Capture] {
        var reader = try BlockReader(try Zstandard.decompress(data, limit: longest))
        var captures: [Capture] = []
        captures.reserveCapacity(deliveries)
        while let capture = try reader.next() { captures.append(capture) }
        return captures
    }
}
