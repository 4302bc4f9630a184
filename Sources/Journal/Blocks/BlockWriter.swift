import Messaging

/// Encodes deliveries for a block before it is compressed: numbers in groups of seven bits (LEB128), texts and bodies preceded by their
/// length, ids in 16 bytes. Docs/Decisions/0010 has the order.
struct BlockWriter {
    private(set) var bytes: [UInt8] = [BlockWriter.version]

    static let version: UInt8 = 1

    mutating func append(_ capture: Capture) {
        let delivery = capture.delivery
        number(UInt64(bitPattern: capture.position))
        let id = capture.id.bits
        withUnsafeBytes(of: (id.high.bigEndian, id.low.bigEndian)) { bytes.append(contentsOf: $0) }
        number(UInt64(bitPattern: delivery.receivedAt.milliseconds))
        for value in [delivery.adapter.rawValue, delivery.account.rawValue, delivery.method, delivery.target] { text(value) }
        number(UInt64(delivery.headers.count))
        for header in delivery.headers {
            text(header.name)
            text(header.value)
        }
        number(UInt64(delivery.body.count))
        bytes.append(contentsOf: delivery.body)
    }

    private mutating func number(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private mutating func text(_ value: String) {
        number(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }
}
