import AdapterConformance
import Messaging
import Synchronization
import Testing

@Suite("Identifiers")
struct IdentifierTests {
    private let now = Instant(milliseconds: 0x0123_4567_89AB)

    @Test("An id is laid out as UUID version 7")
    func layout() {
        let zeros = SessionID(milliseconds: 0, sequence: 0, random: 0)
        #expect(zeros.description == "00000000-0000-7000-8000-000000000000")
        let ones = SessionID(milliseconds: 0xFFFF_FFFF_FFFF, sequence: .max, random: .max)
        #expect(ones.description == "ffffffff-ffff-7fff-bfff-ffffffffffff")
        let mixed = SessionID(milliseconds: now.milliseconds, sequence: 0xABC, random: 0x0011_2233_4455_6677)
        #expect(mixed.description == "01234567-89ab-7abc-8011-223344556677")
        #expect(mixed.madeAt == now)
    }

    @Test(
        "Any UUID is read and written the same, in lower case",
        arguments: [
            "01234567-89ab-7abc-8011-223344556677", "f47ac10b-58cc-4372-a567-0e02b2c3d479", "00000000-0000-0000-0000-000000000000",
            "FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF",
        ])
    func roundTrip(text: String) {
        #expect(SessionID(text)?.description == text.lowercased())
        #expect(Array(text.utf8).withUnsafeBytes { SessionID(utf8: $0) } == SessionID(text))
    }

    @Test(
        "A text that is not a UUID is refused",
        arguments: [
            "", "0123456789ab7abc8011223344556677", "01234567-89ab-7abc-8011-22334455667", "01234567-89ab-7abc-8011-2233445566778",
            "01234567_89ab_7abc_8011_223344556677", "0123456-789ab-7abc-8011-223344556677", "g1234567-89ab-7abc-8011-223344556677",
            "{01234567-89ab-7abc-8011-22334455667", " 1234567-89ab-7abc-8011-223344556677", "é234567-89ab-7abc-8011-223344556677",
        ])
    func refused(text: String) {
        #expect(SessionID(text) == nil)
        #expect(Array(text.utf8).withUnsafeBytes { SessionID(utf8: $0) } == nil)
    }

    @Test("Ids of one millisecond, of a clock that steps back, and of the next millisecond sort in the order of their creation")
    func order() {
        var generator = IdentifierGenerator { [UInt8](repeating: 0xFF, count: $0) }
        var made: [SessionID] = (0..<3).map { _ in generator.next(at: now) }
        made.append(generator.next(at: now.adding(.seconds(-3600))))
        made.append(generator.next(at: now.adding(.milliseconds(1))))
        made.append(generator.next(at: now))
        #expect(made.map(\.description) == made.map(\.description).sorted())
        #expect(Set(made).count == made.count)
        #expect(made.map { $0.madeAt.since(now) } == [.zero, .zero, .zero, .zero, .milliseconds(1), .milliseconds(1)])
    }

    @Test("When a millisecond has no ids left, those of the next one are used")
    func overflow() {
        var generator = IdentifierGenerator { [UInt8](repeating: 0xFF, count: $0) }
        let made: [DeliveryID] = (0..<10_000).map { _ in generator.next(at: now) }
        #expect(made.map(\.description) == made.map(\.description).sorted())
        #expect(Set(made).count == 10_000)
        #expect(made[4095].madeAt == now)
        #expect(made[4096].madeAt == now.adding(.milliseconds(1)))
        #expect(made[9999].madeAt == now.adding(.milliseconds(2)))
        let later: DeliveryID = generator.next(at: now.adding(.milliseconds(2)))
        #expect(later.description > made[9999].description)
    }

    @Test("Each id has its own random bits from the source")
    func randomness() {
        var counter = IdentifierGenerator { count in (0..<count).map { UInt8(truncatingIfNeeded: $0 / 8) } }
        let made: [ContactID] = (0..<1000).map { counter.next(at: now.adding(.milliseconds($0))) }
        let tails = Set(made.map { $0.description.suffix(12) })
        #expect(tails.count == 256)
    }

    @Test("A thousand ids of a random source differ in their random bits")
    func differing() {
        let random = Mutex(SeededGenerator())
        var generator = IdentifierGenerator { count in
            random.withLock { random in (0..<count).map { _ in .random(in: 0...255, using: &random) } }
        }
        let made: [ContactID] = (0..<1000).map { generator.next(at: now.adding(.milliseconds($0))) }
        #expect(Set(made.map { $0.description.suffix(17) }).count == 1000)
        #expect(made.allSatisfy { Array($0.description)[14] == "7" && "89ab".contains(Array($0.description)[19]) })
    }
}
