import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("The cache of contacts")
struct ContactCacheTests {
    private var cache = ContactCache(capacity: .init(contacts: 1000, bytes: 100_000))
    private var ids = IdentifierGenerator { [UInt8](repeating: 0, count: $0) }

    private mutating func record(_ key: Identity, metadata: String = "{}") -> ContactRecord {
        let now = Instant(milliseconds: 1_795_370_400_000)
        let contact = Contact(id: ids.next(at: now), phone: nil)
        let session = Session(
            id: ids.next(at: now), contactID: contact.id, customerID: "c", phone: nil, channel: .chat, token: Secret("t"), status: .active,
            createdAt: now, lastActivity: now, expiresAt: now, metadata: metadata)
        let record = ContactRecord(contact: contact, session: session)
        cache.remember(record)
        cache.remember(record, as: key)
        return record
    }

    @Test("Large contacts count by their bytes, so that few of them fill a generation")
    mutating func bytes() {
        for number in 0..<2000 {
            _ = record(.userID("\(number)"), metadata: String(repeating: "m", count: 16_000))
            cache.age()
            #expect(cache.bytes < 250_000)
        }
        // The cache still has the latest contact, but not the first.
        #expect(cache.record(of: .userID("1999")) != nil && cache.record(of: .userID("0")) == nil)
    }

    @Test("The size of a contact that grows is updated, in whichever generation it is")
    mutating func growth() {
        let record = record(.userID("1"))
        let before = cache.bytes
        record.session?.metadata = String(repeating: "m", count: 5000)
        cache.remember(record)
        #expect(cache.bytes == before + 4998)
        cache.remember(record)
        #expect(cache.bytes == before + 4998)
        for number in 2..<200 { _ = self.record(.userID("\(number)")) }
        cache.age()
        #expect(cache.record(of: .userID("1")) === record)
        let moved = cache.bytes
        record.session?.metadata = ""
        cache.remember(record)
        #expect(cache.bytes == moved - 5000)
    }

    @Test("A merged contact is found by all of its keys, in both generations, and also after another merge")
    mutating func merges() {
        let first = record(.userID("1"))
        for number in 10..<200 { _ = record(.userID("\(number)")) }
        cache.age()
        let second = record(.userID("2"))
        let third = record(.userID("3"))
        cache.replace(first, by: second)
        cache.replace(second, by: third)
        for key in ["1", "2", "3"] { #expect(cache.record(of: .userID(key)) === third) }
        for id in [first, second, third].map(\.contact.id) { #expect(cache.record(id) === third) }
        #expect(cache.record(of: .userID("10")) !== third)
    }

    @Test("Numbers that are removed lead nowhere, and ids still lead to their contacts")
    mutating func phones() {
        let record = record(.userID("1"))
        let phone = Identity(kind: "phone", scope: "", value: "919876543210")
        cache.remember(record, as: phone)
        let before = cache.bytes
        cache.forgetPhones(of: record)
        #expect(cache.record(of: phone) == nil && cache.record(of: .userID("1")) === record)
        #expect(cache.bytes < before)
    }

    @Test("A key that passed to another contact does not lead to the first one again once the second is dropped")
    mutating func generations() {
        let first = record(.userID("1"))
        let phone = Identity(kind: "phone", scope: "", value: "919876543210")
        cache.remember(first, as: phone)
        for number in 10..<200 { _ = record(.userID("\(number)")) }
        cache.age()
        let second = record(.userID("2"))
        cache.remember(second, as: phone)
        #expect(cache.record(of: phone) === second)
        let before = cache.bytes
        cache.forgetPhones(of: second)
        #expect(cache.record(of: phone) == nil)
        #expect(cache.bytes < before)
        cache.forget(.userID("1"))
        #expect(cache.record(of: .userID("1")) == nil)
    }
}

@Suite("Limits on the identities of a contact")
struct ContactBoundsTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    @Test("A number in a thousand spellings belongs to one person, who keeps a hundred of them", arguments: [false, true])
    func spellings(isReopened: Bool) async throws {
        var events: [Event] = []
        for number in 0..<1000 {
            let digits = Array("9876543210")
            // Puts hyphens after the digits whose bits are set in `number`.
            let spelled = digits.enumerated().map { number >> $0 & 1 == 1 ? "\($1)-" : "\($1)" }.joined()
            events.append(.message("m-\(number)", from: .local(spelled)))
        }
        try await rig.accept(rig.delivery(), Array(events.prefix(500)))
        let rig = isReopened ? try self.rig.reopened() : self.rig
        try await rig.accept(rig.delivery(), Array(events.suffix(500)))
        #expect(try rig.count("contacts") == 1 && rig.count("sessions") == 1)
        #expect(try rig.count("identities") == 100)
        #expect(try rig.rows("SELECT count(*), count(DISTINCT session_id) FROM messages") == ["1000|1"])
    }

    @Test("Contacts that would have too many identities together are not merged")
    func merges() async throws {
        for (number, letter) in [("919876543210", "A"), ("919812345678", "B")] {
            let ids = (0..<60).map { Identity.userID("\(letter).\($0)") }
            try await rig.accept(.message("m-\(letter)", from: Party(phone: ReceivedPhone(number), identities: ids)))
        }
        try await rig.accept(.change("c-1", of: .asha, to: "919812345678"))
        #expect(try rig.rows("SELECT phone FROM contacts ORDER BY contact_id") == ["+919812345678", "-"])
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["2"])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test(
        "An id of any length leads to its contact; a text too long for a number leads to nobody, and its message is stored",
        arguments: [257, 1_000_000])
    func longIDs(length: Int) async throws {
        let long = String(repeating: "a", count: length)
        try await rig.accept(
            .message("m-1", from: .id(long)), .message("m-2", from: .phone(long)), .message("m-3", from: .phone("919876543210", id: long)))
        #expect(try rig.rows("SELECT contact_id IS NULL FROM messages ORDER BY external_id") == ["0", "1", "0"])
        #expect(try rig.rows("SELECT count(DISTINCT contact_id) FROM messages") == ["1"])
        let form = IndexedText.form(of: long, upTo: Identity.longestValue)
        #expect(try rig.rows("SELECT value FROM identities ORDER BY value") == ["919876543210", form])
        #expect(form.utf8.count <= Identity.longestValue)
    }

    @Test("Each of a thousand ids that turn out to belong to numbers is found by both, among three thousand others")
    func manyMerges() async throws {
        let rig = try TemporaryJournal(rememberedContacts: 40_000)
        try await rig.accept(rig.delivery(), (0..<3000).map { .message("m-\($0)", from: .id("P.\($0)")) })
        let phones = (0..<1000).map { "9198\(10_000_000 + $0)" }
        try await rig.accept(rig.delivery(), phones.enumerated().map { .message("n-\($0)", from: .phone($1)) })
        try await rig.accept(rig.delivery(), phones.enumerated().map { .message("o-\($0)", from: .phone($1, id: "P.\($0)")) })
        try await rig.accept(rig.delivery(), (0..<1000).map { .message("p-\($0)", from: .id("P.\($0)")) })
        #expect(try rig.rows("SELECT count(*) FROM contacts WHERE merged_into IS NOT NULL") == ["1000"])
        #expect(try rig.rows("SELECT count(*) FROM sessions WHERE status = 'active'") == ["3000"])
        let together = """
            SELECT count(*) FROM messages n JOIN contacts c ON c.contact_id = n.contact_id
            JOIN messages p ON p.external_id = 'p' || substr(n.external_id, 2) AND p.contact_id = coalesce(c.merged_into, c.contact_id)
            WHERE n.external_id LIKE 'n-%'
            """
        #expect(try rig.rows(together) == ["1000"])
    }

    @Test("A delivery of more people than the cache holds is stored whole, with the times of all of them")
    func longHistory() async throws {
        let rig = try TemporaryJournal(rememberedContacts: 50)
        let later = rig.clock.now.adding(.seconds(60))
        try await rig.accept(rig.delivery(), (0..<1000).map { .message("m-\($0)", from: .id("P.\($0 % 500)")) })
        rig.clock.advance(by: .seconds(60))
        try await rig.accept(rig.delivery(), (0..<1000).map { .message("n-\($0)", from: .id("P.\($0 % 500)"), at: later) })
        #expect(try rig.rows("SELECT count(*), count(DISTINCT contact_id) FROM sessions") == ["500|500"])
        #expect(try rig.rows("SELECT DISTINCT last_activity FROM sessions") == [later.description])
        #expect(try await rig.journal.reader.check().problems == [])
    }

    @Test("Contacts that were merged in a chain of ten thousand are found")
    func longWay() async throws {
        try await rig.accept(.message("m-1", from: .asha))
        let last = try #require(try rig.rows("SELECT contact_id FROM contacts").first)
        try rig.execute(
            """
            WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
            INSERT INTO contacts (contact_id, created_at, updated_at, merged_into)
            SELECT printf('00000000-0000-7000-8000-%012d', i), '', '',
              CASE i WHEN 10000 THEN '\(last)' ELSE printf('00000000-0000-7000-8000-%012d', i + 1) END FROM n
            """)
        let first = "00000000-0000-7000-8000-000000000001"
        try rig.execute(
            """
            INSERT INTO identities (kind, scope, value, contact_id, first_seen) VALUES ('whatsapp_user_id', 'main', 'OLD', '\(first)', '')
            """)
        try await rig.accept(.message("m-2", from: .id("OLD")))
        #expect(try rig.rows("SELECT DISTINCT contact_id FROM messages") == [last])
    }
}
