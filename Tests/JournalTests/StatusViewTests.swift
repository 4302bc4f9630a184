import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("The view of the current statuses")
struct StatusViewTests {
    @Test(
        "The furthest status counts, in whatever order the reports arrive",
        arguments: [
            (["sent"], "sent"), (["sent", "delivered", "read"], "read"), (["read", "delivered", "sent"], "read"),
            (["delivered", "sent"], "delivered"), (["failed", "sent"], "failed"), (["sent", "failed"], "failed"),
            (["failed", "delivered"], "delivered"), (["delivered", "failed"], "delivered"), (["read", "failed"], "read"),
            (["undelivered", "sent"], "undelivered"), (["rejected", "sent"], "rejected"), (["played", "read"], "played"),
            (["deleted", "read", "sent"], "deleted"), (["accepted", "sent"], "sent"), (["sent", "brand-new"], "sent"),
        ])
    func ranks(words: [String], current: String) async throws {
        let rig = try TemporaryJournal()
        for word in words {
            rig.clock.advance(by: .seconds(1))
            try await rig.accept(.status(word, of: "m-1", at: rig.clock.now))
        }
        #expect(try rig.rows("SELECT external_id, status FROM message_status_current") == ["m-1|\(current)"])
        #expect(try rig.count("message_statuses") == words.count)
    }

    @Test("A status has the rank that its adapter defines; without one the latest status counts")
    func stored() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(.status("read", of: "m-1"), .status("brand-new", of: "m-1"))
        var delivery = rig.delivery()
        delivery.adapter = "another"
        for word in ["read", "sent"] {
            rig.clock.advance(by: .seconds(1))
            try await rig.accept(delivery, [.status(word, of: "m-1", at: rig.clock.now)])
        }
        #expect(
            try rig.rows("SELECT provider, status, rank FROM message_statuses ORDER BY seq") == [
                "whatsapp-cloud|read|40", "whatsapp-cloud|brand-new|-", "another|read|-", "another|sent|-",
            ])
        #expect(
            try rig.rows("SELECT provider, status FROM message_status_current ORDER BY 1") == ["another|sent", "whatsapp-cloud|read"])
    }

    @Test("Statuses of an earlier version have the ranks of the words that it knew")
    func upgraded() async throws {
        let rig = try TemporaryJournal()
        let words = ["sent", "delivered", "read", "played", "failed", "undelivered", "rejected", "deleted", "accepted"]
        try await rig.accept(rig.delivery(), words.map { .status($0, of: "m-1") })
        try rig.journal.close()
        try rig.execute(
            """
            DELETE FROM grdb_migrations WHERE identifier LIKE '006%'; DROP VIEW message_status_current;
            ALTER TABLE message_statuses DROP COLUMN rank; CREATE VIEW message_status_current AS SELECT * FROM message_statuses;
            """)
        let upgraded = try rig.reopened()
        #expect(
            try upgraded.rows("SELECT status, rank FROM message_statuses ORDER BY seq")
                == zip(words, ["10", "30", "40", "50", "20", "20", "20", "60", "-"]).map { "\($0)|\($1)" })
        #expect(try upgraded.rows("SELECT status FROM message_status_current") == ["deleted"])
    }

    @Test("Of two statuses with the same rank the later one counts")
    func later() async throws {
        let rig = try TemporaryJournal()
        let time = rig.clock.now
        try await rig.accept(
            .status("failed", of: "m-1", at: time.adding(.seconds(2))), .status("rejected", of: "m-1", at: time))
        #expect(try rig.rows("SELECT status FROM message_status_current") == ["failed"])
    }

    @Test("Each message, account and recipient has a status of its own")
    func apart() async throws {
        let rig = try TemporaryJournal()
        try await rig.accept(
            .status("read", of: "m-1", to: "919876543210"), .status("sent", of: "m-1", to: "919812345678"),
            .status("sent", of: "m-2", to: nil), .status("delivered", of: "m-2", to: nil))
        try await rig.accept(.status("sent", of: "m-1"), account: "other")
        #expect(
            try rig.rows("SELECT account, external_id, status, recipient FROM message_status_current ORDER BY 1, 2, 3") == [
                "main|m-1|read|919876543210", "main|m-1|sent|919812345678", "main|m-2|delivered|-", "other|m-1|sent|919876543210",
            ])
    }
}
