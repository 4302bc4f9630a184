import Compression
import Testing

@Suite("Zstandard")
struct ZstandardTests {
    private static let samples: [[UInt8]] = [
        [], [0], Array("Does it come in another color?".utf8), Array(repeating: 7, count: 1 << 20),
        (0..<5000).map { UInt8(truncatingIfNeeded: $0 &* $0 >> 3) },
    ]

    @Test("Compressed bytes are decompressed unchanged", arguments: samples)
    func roundTrip(_ bytes: [UInt8]) throws {
        #expect(try Zstandard.decompress(Zstandard.compress(bytes), limit: bytes.count) == bytes)
    }

    @Test("Repetitive bytes become smaller")
    func size() throws {
        #expect(try Zstandard.compress(Array(repeating: 7, count: 1 << 20)).count < 1000)
    }

    @Test("Changed bytes, a missing end and anything that is not compressed are errors")
    func damage() throws {
        let frame = try Zstandard.compress(Array("a message, a message, a message and another".utf8))
        for index in frame.indices {
            var damaged = frame
            damaged[index] ^= 0x41
            #expect((try? Zstandard.decompress(damaged, limit: 1000)) == nil, "byte \(index)")
            #expect((try? Zstandard.decompress(Array(frame[..<index]), limit: 1000)) == nil, "cut at \(index)")
        }
        #expect(throws: CompressionError.self) { try Zstandard.decompress(Array("no frame at all".utf8), limit: 1000) }
    }

    @Test("Bytes that would be longer than the limit are not decompressed")
    func limit() throws {
        let frame = try Zstandard.compress(Array(repeating: 7, count: 1 << 20))
        #expect(throws: CompressionError.self) { try Zstandard.decompress(frame, limit: 1 << 20 - 1) }
    }
}
