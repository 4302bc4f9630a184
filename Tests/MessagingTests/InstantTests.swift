import AdapterConformance
import Messaging
import Testing

@Suite("Moments and durations")
struct InstantTests {
    @Test(
        "A moment is written in UTC with milliseconds, and read back",
        arguments: [
            (0, "1970-01-01T00:00:00.000Z"), (1, "1970-01-01T00:00:00.001Z"), (-1, "1969-12-31T23:59:59.999Z"),
            (86_399_999, "1970-01-01T23:59:59.999Z"), (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_800_000, "2000-03-01T00:00:00.000Z"), (4_107_456_000_000, "2100-02-28T00:00:00.000Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"), (1_709_164_800_000, "2024-02-29T00:00:00.000Z"),
            (1_798_761_599_999, "2026-12-31T23:59:59.999Z"), (1_795_369_887_123, "2026-11-22T17:51:27.123Z"),
            (-2_203_891_200_000, "1900-03-01T00:00:00.000Z"), (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        ] as [(Int64, String)])
    func description(milliseconds: Int64, text: String) {
        #expect(Instant(milliseconds: milliseconds).description == text)
        #expect(Instant(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test("A written time is read back unchanged")
    func roundTrip() {
        var generator = SeededGenerator()
        for _ in 0..<20_000 {
            let instant = Instant(milliseconds: .random(in: -62_135_596_800_000...253_402_300_799_999, using: &generator))
            #expect(Instant(rfc3339: instant.description) == instant)
        }
    }

    @Test(
        "A time that four digits cannot express becomes the nearest one that they can",
        arguments: [Int64.min, .max, -62_135_596_800_001, 253_402_300_800_000])
    func clamped(milliseconds: Int64) {
        let nearest = milliseconds < 0 ? "0001-01-01T00:00:00.000Z" : "9999-12-31T23:59:59.999Z"
        #expect(Instant(milliseconds: milliseconds).description == nearest)
        #expect(Instant(milliseconds: milliseconds).adding(.seconds(0)).description == nearest)
    }

    @Test(
        "Offsets, fractions of any length, lower case and a space are read",
        arguments: [
            ("2026-11-22T17:51:27Z", "2026-11-22T17:51:27.000Z"), ("2026-11-22t17:51:27z", "2026-11-22T17:51:27.000Z"),
            ("2026-11-22 17:51:27Z", "2026-11-22T17:51:27.000Z"), ("2026-11-22T17:51:27+05:30", "2026-11-22T12:21:27.000Z"),
            ("2026-11-22T17:51:27-03:00", "2026-11-22T20:51:27.000Z"), ("2026-11-22T17:51:27-00:00", "2026-11-22T17:51:27.000Z"),
            ("2026-01-01T00:00:00+23:59", "2025-12-31T00:01:00.000Z"), ("2026-11-22T17:51:27.1Z", "2026-11-22T17:51:27.100Z"),
            ("2026-11-22T17:51:27.12Z", "2026-11-22T17:51:27.120Z"), ("2026-11-22T17:51:27.123Z", "2026-11-22T17:51:27.123Z"),
            ("2026-11-22T17:51:27.1239Z", "2026-11-22T17:51:27.123Z"), ("2026-11-22T17:51:27.000999999Z", "2026-11-22T17:51:27.000Z"),
            ("2026-11-22T17:51:27.987654321+01:00", "2026-11-22T16:51:27.987Z"), ("1969-12-31T23:59:59.25Z", "1969-12-31T23:59:59.250Z"),
            ("2016-12-31T23:59:60Z", "2017-01-01T00:00:00.000Z"), ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00.000Z"),
        ])
    func reading(text: String, written: String) {
        #expect(Instant(rfc3339: text)?.description == written)
    }

    @Test("A time is read from bytes as from its text, wherever they end")
    func bytes() {
        let text = "2026-11-22T17:51:27.123+05:30"
        for length in 0...text.utf8.count {
            let bytes = Array(text.utf8.prefix(length))
            #expect(bytes.withUnsafeBytes { Instant(rfc3339: $0) } == Instant(rfc3339: String(decoding: bytes, as: UTF8.self)))
        }
        #expect(Array(text.utf8).withUnsafeBytes { Instant(rfc3339: $0) }?.description == "2026-11-22T12:21:27.123Z")
    }

    @Test(
        "A text that is not RFC 3339 is refused",
        arguments: [
            "", "2026", "2026-11-22", "2026-11-22T17:51Z", "2026-11-22T17:51:27", "2026-11-22T17:51:27.Z", "2026-11-22T17:51:27,5Z",
            "2026-11-22T17:51:27+0530", "2026-11-22T17:51:27+5:30", "2026-11-22T17:51:27+24:00", "2026-11-22T17:51:27+05:60",
            "2026-11-22T17:51:27+99:99", "2026-11-22T17:51:27ZZ", " 2026-11-22T17:51:27Z", "2026-11-22T17:51:27Z ", "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z", "2026-01-00T00:00:00Z", "2026-04-31T00:00:00Z", "2026-02-29T00:00:00Z", "2100-02-29T00:00:00Z",
            "2026-11-22T24:00:00Z", "2026-11-22T23:60:00Z", "2026-11-22T23:59:61Z", "0000-01-01T00:00:00Z", "-001-01-01T00:00:00Z",
            "26-11-22T17:51:27Z", "12026-11-22T17:51:27Z", "2026/11/22T17:51:27Z", "٢٠٢٦-11-22T17:51:27Z", "20261122T175127Z",
        ])
    func refused(text: String) {
        #expect(Instant(rfc3339: text) == nil)
    }

    @Test("Times are compared, added to and subtracted")
    func arithmetic() {
        let noon = Instant(milliseconds: 43_200_000)
        #expect(noon.adding(.seconds(2)).milliseconds == 43_202_000)
        #expect(noon.adding(.seconds(-2)).milliseconds == 43_198_000)
        #expect(noon.adding(.seconds(2)).since(noon) == .seconds(2))
        #expect(noon.since(noon.adding(.milliseconds(5))) == .milliseconds(-5))
        #expect(noon < noon.adding(.milliseconds(1)))
        #expect(!(noon < noon))
    }

    @Test(
        "A whole number of milliseconds has no remainder",
        arguments: [
            (.seconds(90), 90_000), (.milliseconds(1500), 1500), (.microseconds(1999), 1), (.nanoseconds(999_999), 0),
            (.seconds(-1), -1000),
            (.milliseconds(-1500), -1500), (.microseconds(-1999), -1), (.zero, 0),
        ] as [(Duration, Int64)])
    func wholeMilliseconds(duration: Duration, milliseconds: Int64) {
        #expect(duration.wholeMilliseconds == milliseconds)
    }
}
