import Messaging

/// Reads what a `BlockWriter` wrote.
struct BlockReader {
    private let bytes: [UInt8]
    private var position = 1

    /// An error in a block's bytes.
    struct Damage: Error, Equatable, CustomStringConvertible {
        let description: String
    }

    init(_ bytes: [UInt8]) throws(Damage) {
        guard bytes.first == BlockWriter.version else { throw Damage(description: "the block is of another version") }
        self.bytes = bytes
    }

    /// The next delivery; nil after the last.
    mutating func next() throws(Damage) -> Capture? {
        guard position < bytes.count else { return nil }
        let sequence = Int64(bitPattern: try number())
        let id = try identifier()
        let receivedAt = Instant(milliseconds: Int64(bitPattern: try number()))
        let (adapter, account) = (AdapterKind(try text()), AccountName(try text()))
        let (method, target) = (try text(), try text())
        var headers: [Delivery.Header] = []
        for _ in 0..<(try number()) { headers.append(Delivery.Header(lowercase: try text(), try text())) }
        let delivery = Delivery(
            adapter: adapter, account: account, receivedAt: receivedAt, method: method, target: target, headers: headers,
            body: Array(bytes[try range()]))
        return Capture(delivery, at: CaptureOrigin(row: id, at: sequence))
    }

    private mutating func number() throws(Damage) -> UInt64 {
        var value: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            guard position < bytes.count else { break }
            let byte = bytes[position]
            position += 1
            value |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return value }
        }
        throw Damage(description: "the block ends within a delivery")
    }

    /// The range of bytes that follows a length.
    private mutating func range() throws(Damage) -> Range<Int> {
        let length = try number()
        guard length <= UInt64(bytes.count - position) else { throw Damage(description: "the block ends within a delivery") }
        defer { position += Int(length) }
        return position..<position + Int(length)
    }

    private mutating func text() throws(Damage) -> String {
        let range = try range()
        return bytes.withUnsafeBufferPointer { String(decoding: UnsafeBufferPointer(rebasing: $0[range]), as: UTF8.self) }
    }

    private mutating func identifier() throws(Damage) -> DeliveryID {
        guard bytes.count - position >= 16 else { throw Damage(description: "the block ends within a delivery") }
        defer { position += 16 }
        let halves = [position, position + 8].map { start in bytes[start..<start + 8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } }
        return DeliveryID(bits: (halves[0], halves[1]))
    }
}
