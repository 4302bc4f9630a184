import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

@Suite("Forms of deliveries")
struct FormTests {
    @Test("What deliveries about enough people have in common is stored once, and each delivery is read unchanged")
    func once() async throws {
        let rig = try TemporaryJournal(peopleAForm: 3)
        let deliveries = try await rig.fillForms(0..<20)
        #expect(try rig.count("delivery_forms") == 1)
        #expect(try rig.rows("SELECT count(*) FROM deliveries WHERE form_id IS NULL") == ["2"])
        #expect(
            try rig.rows(
                "SELECT DISTINCT adapter, account, method, target, typeof(headers), length(headers) FROM deliveries WHERE form_id > 0")
                == ["||||blob|32"])
        try await rig.requireKept(deliveries)
        #expect(
            try rig.rows("SELECT headers FROM whole_deliveries ORDER BY last_seq")
                == deliveries.map { String(decoding: $0.keptHeaders(of: .testing, ownedBy: nil), as: UTF8.self) })
        #expect(try rig.rows("SELECT DISTINCT typeof(headers), typeof(body) FROM whole_deliveries") == ["text|blob"])
        for filter in [CaptureFilter(account: "main"), CaptureFilter(adapter: "whatsapp-cloud"), CaptureFilter(externalID: "m-9")] {
            #expect(try await rig.journal.reader.captureCount(filter) == (filter.externalID == nil ? 20 : 1))
        }
        #expect(try await rig.journal.reader.captureCount(CaptureFilter(account: "")) == 0)
    }

    @Test("A form that the next start reads is used from then on, and a killed gateway has lost none")
    func restart() async throws {
        let rig = try TemporaryJournal(peopleAForm: 3)
        var deliveries = try await rig.fillForms(0..<5)
        let next = try rig.killed()
        deliveries += try await next.fillForms(5..<10)
        #expect(try next.count("delivery_forms") == 1)
        #expect(try next.rows("SELECT count(*) FROM deliveries WHERE form_id IS NULL") == ["2"])
        try await next.requireKept(deliveries)
    }

    @Test("A form contains nothing that is about a single person")
    func people() async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        for number in 0..<50 { try await rig.accept(rig.webhook(7), [.message("\(number)")]) }
        try await rig.accept(rig.webhook(8), [.notice("account_update", "n")])
        #expect(try rig.count("delivery_forms") == 0)
        try await rig.accept(rig.webhook(9), [rig.item(9)])
        #expect(try rig.count("delivery_forms") == 1)
        #expect(try rig.rows("SELECT count(*) FROM delivery_forms WHERE instr(CAST(body_start || body_end AS TEXT), 'Asha')") == ["0"])
    }

    @Test("Deliveries with several items become no form, since one person's item may be in all of them", arguments: [true, false])
    func batches(isReadable: Bool) async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        let repeated = String(repeating: "Asha writes this in every batch. ", count: 4)
        for number in 0..<20 {
            let body = isReadable ? "[{\"\(number)\"},{\"\(repeated)\"}]" : "[{\"\(repeated)\"},{\"\(number)\"}]"
            let same: Event = isReadable ? .message("same", from: .phone("919812345678")) : .unreadable(repeated)
            try await rig.accept(rig.delivery(body), isReadable ? [rig.item(number), same] : [same, rig.item(number)])
        }
        #expect(try rig.count("delivery_forms") == 0)
    }

    @Test("A time that was equal by chance is not part of the next form")
    func time() async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        var deliveries: [Delivery] = []
        for number in 0..<40 {
            deliveries.append(rig.webhook(number, seconds: 1_795_374_313 + number / 2))
            try await rig.accept(deliveries[number], [rig.item(number)])
        }
        #expect(try rig.count("delivery_forms") == 2)
        #expect(try rig.rows("SELECT count(*) FROM deliveries WHERE form_id IS NULL") == ["2"])
        try await rig.requireKept(deliveries)
    }

    @Test("A sender that varies targets gets a limited number of forms, and takes none from other accounts")
    func targets() async throws {
        let rig = try TemporaryJournal(peopleAForm: 1)
        var deliveries: [Delivery] = []
        for number in 0..<100 {
            deliveries.append(rig.webhook(number, target: "/webhooks/whatsapp-cloud/main?n=\(number)"))
            try await rig.accept(deliveries[number], [rig.item(number)])
        }
        #expect(try rig.count("delivery_forms") == FormLimits().anAccount)
        deliveries.append(rig.webhook(100, account: "other"))
        try await rig.accept(deliveries[100], [rig.item(100)])
        #expect(try rig.rows("SELECT count(*) FROM delivery_forms WHERE account = 'other'") == ["1"])
        try await rig.requireKept(deliveries)
    }

    @Test("A sender that varies headers and bodies gets a limited number of forms")
    func varied() async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        var deliveries: [Delivery] = []
        for number in 0..<200 {
            let odd = String(repeating: "{\(number)}", count: 30)
            var delivery = rig.delivery(odd)
            delivery.headers = [Delivery.Header("user-agent", odd)]
            deliveries.append(delivery)
            try await rig.accept(delivery, [rig.item(number)])
        }
        #expect(try rig.count("delivery_forms") <= FormLimits().anAccount)
        try await rig.requireKept(deliveries)
    }

    @Test("A form that was rolled back with its transaction is not used by the next ones")
    func rolledBack() async throws {
        let rig = try TemporaryJournal(peopleAForm: 3)
        var deliveries: [Delivery] = []
        try rig.execute(
            "CREATE TRIGGER no BEFORE INSERT ON deliveries WHEN new.form_id IS NOT NULL BEGIN SELECT raise(ABORT, 'no'); END")
        for numbers in [0..<3, 3..<6] {
            deliveries += try await rig.fillForms(numbers.dropLast())
            let last = numbers.upperBound - 1
            await #expect(throws: JournalError.self) { try await rig.accept(rig.webhook(last), [rig.item(last)]) }
        }
        #expect(try rig.count("delivery_forms") == 0)
        try rig.execute("DROP TRIGGER no")
        deliveries += try await rig.fillForms(6..<20)
        #expect(try rig.count("delivery_forms") == 1)
        try await rig.requireKept(deliveries)
    }

    @Test("Forms that another process created are used, and neither process creates one twice")
    func besides() async throws {
        let rig = try TemporaryJournal(peopleAForm: 2)
        let other = try rig.besides()
        var deliveries = try await rig.fillForms(0..<3)
        deliveries += try await other.fillForms(3..<6)
        deliveries += try await rig.fillForms(6..<9)
        #expect(try rig.count("delivery_forms") == 1)
        #expect(try rig.rows("SELECT count(*) FROM deliveries WHERE form_id IS NULL") == ["1"])
        try await rig.requireKept(deliveries)
        try other.journal.close()
    }
}
