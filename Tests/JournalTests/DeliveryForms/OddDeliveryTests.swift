import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Unusual deliveries beside forms")
struct OddDeliveryTests {
    private static let rest = #"","content-type","application/json"],["x-hub-signature-256","sha256="#

    private static func odd(_ rig: TemporaryJournal) -> [[Delivery.Header]] {
        let digits = String(rig.signature(1).dropFirst(7))
        let signatures = [
            "", "sha256=", "sha256=\(digits.uppercased())", "sha256=\(digits)0", "sha256=0g", "SHA256=\(digits)", "sha256=a\u{1}b",
            "sha256=é",
            #"sha256=00"],["x-hub-signature-256","sha256=00"#, "sha256=\\", "sha256=\"", "sha256=\(rest)", "sha256= \n\t00", "00",
        ]
        let plain = rig.headers(rig.signature(1))
        return signatures.map(rig.headers) + [
            [], Array(plain.reversed()), plain + plain, Array(plain.dropFirst()), Array(plain.dropLast()),
            plain + [Delivery.Header("Ce-Id", "")], [Delivery.Header("CE-Type", "")] + plain,
            [plain[0], Delivery.Header("content-type", ""), plain[2]], [plain[0], plain[1], plain[1], plain[2]],
            [Delivery.Header("host", rest)] + plain.dropFirst(), [Delivery.Header("Host", "GATEWAY.example.org")] + plain.dropFirst(),
        ]
    }

    /// Bodies that have the form's beginning and end, or a part of them.
    private static func bodies(_ form: SharedEnds) -> [[UInt8]] {
        let all = (0...255).map { UInt8($0) }
        return [
            [], form.start, form.end, form.start + form.end, Array(form.start.dropLast()) + form.end, form.start + form.end.dropFirst(),
            form.start + [0] + form.end, form.start + all + all.reversed() + form.end, form.start + form.end + [0],
            [0] + form.start + form.end,
            form.start + form.start + form.end + form.end, form.start + Array("00ff".utf8) + form.end,
            form.start + [UInt8](repeating: 0xC3, count: 3000) + form.end, form.start + [UInt8](repeating: 7, count: 9000) + form.end,
        ]
    }

    @Test("Any headers and bodies are read unchanged: from rows, from blocks, and from rows without forms")
    func comesOut() async throws {
        let rig = try TemporaryJournal(keep: nil, compressAfter: .seconds(86_400), peopleAForm: 3)
        var deliveries = try await rig.fillForms(0..<3)
        let start = try #require(try rig.bytes("SELECT body_start FROM delivery_forms"))
        let end = try #require(try rig.bytes("SELECT body_end FROM delivery_forms"))
        #expect(start.count > 48 && !end.isEmpty)
        for (index, headers) in Self.odd(rig).enumerated() {
            var delivery = rig.webhook(100 + index)
            delivery.headers = headers
            deliveries.append(delivery)
        }
        for (index, body) in Self.bodies(SharedEnds(start: start, end: end)).enumerated() {
            var delivery = rig.webhook(200 + index)
            delivery.body = body
            deliveries.append(delivery)
        }
        for (index, delivery) in deliveries.enumerated().dropFirst(3) { try await rig.accept(delivery, [rig.item(1000 + index)]) }
        try await rig.requireKept(deliveries)
        let formed = try rig.rows("SELECT count(*) FROM deliveries WHERE form_id IS NOT NULL")
        #expect(try #require(Int(formed[0])) > 20)

        try rig.journal.close()
        try rig.makeWhole()
        let upgraded = try rig.reopened()
        #expect(try upgraded.rows("SELECT count(*) FROM deliveries WHERE form_id IS NOT NULL") == ["0"])
        try await upgraded.requireKept(deliveries)
        deliveries += try await upgraded.fillForms(300..<310)
        #expect(try upgraded.rows("SELECT count(*) FROM deliveries WHERE form_id IS NOT NULL") == ["8"])
        try await upgraded.requireKept(deliveries)

        upgraded.clock.advance(by: .seconds(100_000))
        #expect(try await upgraded.journal.compressDeliveries() == deliveries.count)
        try await upgraded.requireKept(deliveries)
    }

    @Test("A delivery whose body is too long for a form is stored whole")
    func long() async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        let limit = FormLimits().bodyBytes
        for number in 0..<6 {
            var delivery = rig.webhook(number)
            delivery.body += [UInt8](repeating: UInt8(ascii: " "), count: limit - delivery.body.count + (number < 3 ? 1 : 0))
            try await rig.accept(delivery, [rig.item(number)])
        }
        #expect(try rig.rows("SELECT form_id IS NULL FROM deliveries ORDER BY last_seq") == ["1", "1", "1", "1", "0", "0"])
    }

    @Test("A row without its form is reported, and does not hide later rows from readers or blocks")
    func missing() async throws {
        let rig = try TemporaryJournal(keep: .seconds(30 * 86_400), compressAfter: .seconds(86_400), peopleAForm: 2)
        let deliveries = try await rig.fillForms(0..<30)
        try rig.execute(
            "UPDATE deliveries SET form_id = 99 WHERE last_seq IN (SELECT last_seq FROM deliveries ORDER BY last_seq LIMIT 9, 8)")
        let problems = try await rig.journal.reader.check().problems
        #expect(problems == ["8 rows of deliveries name a form_id that is not in delivery_forms"])
        let rest = Array(deliveries[..<9] + deliveries[17...])
        #expect(try await rig.kept() == rest)
        #expect(try await rig.journal.reader.unreadableDeliveryCount() == 8)
        let id = try #require(try rig.rows("SELECT delivery_id FROM deliveries WHERE form_id = 99").first.flatMap { DeliveryID($0) })
        #expect(try await rig.journal.reader.capture(id) == nil)
        rig.clock.advance(by: .seconds(100_000))
        #expect(try await rig.journal.compressDeliveries() == rest.count)
        #expect(try await rig.kept() == rest)
        rig.clock.advance(by: .seconds(40 * 86_400))
        #expect(try await rig.journal.pruneDeliveries() == 30)
    }

    @Test("The id of a deleted form is not used again, so that no delivery gets another one's content")
    func removed() async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        let first = try await rig.fillForms(0..<10)
        try rig.execute("DELETE FROM delivery_forms")
        let later = try await rig.fillForms(10..<20)
        #expect(try rig.rows("SELECT form_id FROM delivery_forms") == ["2"])
        #expect(try await rig.kept() == Array(first[..<1] + later))
        let problems = try await rig.journal.reader.check().problems
        #expect(problems == ["9 rows of deliveries name a form_id that is not in delivery_forms"])
    }

    @Test("A compaction removes the forms that no row uses, and also works without forms")
    func compaction() async throws {
        let rig = try TemporaryJournal(peopleAForm: 1)
        for number in 0..<4 {
            try await rig.accept(rig.webhook(number, target: "/webhooks/whatsapp-cloud/main?n=\(number)"), [rig.item(number)])
        }
        #expect(try rig.count("delivery_forms") == 4)
        try rig.execute("DELETE FROM deliveries WHERE form_id IN (2, 4)")
        try rig.journal.close()
        _ = try await JournalCompaction(path: rig.path).run()
        #expect(try rig.rows("SELECT form_id FROM delivery_forms") == ["1", "3"])
        let next = try rig.reopened()
        try await next.accept(next.webhook(9, target: "/webhooks/whatsapp-cloud/main?n=1"), [next.item(9)])
        #expect(try next.rows("SELECT form_id FROM delivery_forms") == ["1", "3", "5"])
        #expect(try await next.journal.reader.check().problems == [])
        try next.journal.close()
        try next.makeWhole()
        _ = try await JournalCompaction(path: next.path).run()
        #expect(try next.rows("SELECT count(*) FROM deliveries") == ["3"])
    }
}
