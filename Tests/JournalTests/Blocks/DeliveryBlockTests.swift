import Messaging
import Testing

@testable import Journal

@Suite("A block of deliveries")
struct DeliveryBlockTests {
    private static func capture(_ index: Int, _ body: [UInt8]) -> Capture {
        let delivery = Delivery(
            adapter: "chat", account: "ünïcode", receivedAt: Instant(milliseconds: 1_795_370_400_000 - Int64(index)), method: "PUT",
            target: "/webhooks/chat/main?a=\(index)",
            headers: [Delivery.Header("x-a", ""), Delivery.Header("content-type", "a\u{0}b"), Delivery.Header("x-a", "again")], body: body)
        let id = DeliveryID(milliseconds: Int64(1000 - index), sequence: 5, random: UInt64(index) << 50)
        return Capture(delivery, at: CaptureOrigin(row: id, at: Int64(index) << 40))
    }

    private static let captures = [[], [0], Array(0...255), Array(repeating: 9, count: 100_000)].enumerated().map { capture($0 + 1, $1) }

    @Test("Deliveries are read from a block byte for byte")
    func roundTrip() throws {
        let block = try #require(try DeliveryBlock(of: Self.captures))
        #expect(try DeliveryBlock.captures(in: block.data) == Self.captures)
    }

    @Test("A block reports the range of its positions, ids and times, whatever their order")
    func ranges() throws {
        let block = try #require(try DeliveryBlock(of: Self.captures))
        #expect(block.positions == 1 << 40...4 << 40)
        #expect(block.ids == Self.captures[3].id.description...Self.captures[0].id.description)
        #expect(block.times == "2026-11-22T17:59:59.996Z"..."2026-11-22T17:59:59.999Z")
        #expect(block.count == 4)
        #expect(block.data.count < block.rawBytes)
    }

    @Test("Bytes that are cut off or changed cause an error, never a crash")
    func damage() throws {
        var writer = BlockWriter()
        for capture in Self.captures.prefix(3) { writer.append(capture) }
        for length in 0..<writer.bytes.count {
            let read = try? Self.readAll(Array(writer.bytes[..<length]))
            #expect(read.map { $0 < 3 } ?? true, "cut at \(length)")
        }
        for index in writer.bytes.indices {
            var changed = writer.bytes
            changed[index] ^= 0xFF
            _ = try? Self.readAll(changed)
        }
        #expect(throws: BlockReader.Damage.self) { try BlockReader([2]) }
    }

    private static func readAll(_ bytes: [UInt8]) throws -> Int {
        var reader = try BlockReader(bytes)
        var count = 0
        while try reader.next() != nil { count += 1 }
        return count
    }
}
