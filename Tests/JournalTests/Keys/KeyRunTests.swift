import Testing

@testable import Journal

@Suite("Parts and filters of keys")
struct KeyRunTests {
    private func keys(_ count: Int, in generator: inout SystemRandomNumberGenerator) -> [KeyEntry] {
        (0..<count).compactMap { number in
            ItemKey((0..<16).map { _ in UInt8.random(in: 0...255, using: &generator) }).map { KeyEntry(key: $0, number: Int64(number)) }
        }
    }

    private func run(parts: Int) -> KeyRun { KeyRun(number: 1, level: 0, parts: parts, keys: 0, lastNumber: 0) }

    @Test("A key of a part is in the buckets that overlap the part", arguments: [1, 2, 3, 7, 1000], [1, 2, 5, 8, 64])
    func buckets(parts: Int, others: Int) throws {
        var generator = SystemRandomNumberGenerator()
        let (run, other) = (run(parts: parts), run(parts: others))
        let edges = try [UInt8.min, .max].map { KeyEntry(key: try #require(ItemKey(Array(repeating: $0, count: 16))), number: 0) }
        for entry in keys(200, in: &generator) + edges {
            let part = other.part(of: entry.key)
            #expect(run.buckets(meeting: part, of: other).contains(run.bucket(of: entry.key)))
            #expect(run.bucket(of: entry.key) / KeyRun.bucketsAPart == run.part(of: entry.key))
            #expect((0..<others).contains(part))
        }
    }

    @Test("A bucket returns the entries that were put into it")
    func entries() {
        var generator = SystemRandomNumberGenerator()
        let entries = keys(50, in: &generator)
        var bucket: [UInt8] = []
        for entry in entries { entry.append(to: &bucket) }
        #expect(KeyEntry.all(in: bucket).map(\.key) == entries.map(\.key))
        #expect(KeyEntry.all(in: bucket).map(\.number) == entries.map(\.number))
        for entry in entries { #expect(KeyEntry.numbers(of: entry.key, in: bucket) == [entry.number]) }
        #expect(entries.allSatisfy { ItemKey($0.key.bytes) == $0.key })
    }

    @Test("A filter has every key of its part, and at most one in a hundred others")
    func filter() {
        var generator = SystemRandomNumberGenerator()
        let (mine, others) = (keys(KeySizes().keysAPart, in: &generator), keys(20_000, in: &generator))
        var filter = KeyFilter(of: keys(10, in: &generator))
        filter.append(KeyFilter(of: mine))
        #expect(mine.allSatisfy { filter.mayHave($0.key, in: 1) })
        #expect(others.count { filter.mayHave($0.key, in: 1) } < 200)
        filter.cut(to: 1)
        #expect(filter.bytes.count == KeyFilter.bytesAPart)
    }
}
