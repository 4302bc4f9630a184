import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("What distinguishes two statuses")
struct StatusKeyTests {
    private let rig: TemporaryJournal

    init() throws { rig = try TemporaryJournal() }

    private func status(
        _ word: String = "failed", errors: String? = nil, detail: String? = #"{"type":"x"}"#, distinction: [String]? = nil,
        at time: Instant? = nil
    ) -> Event {
        let status = MessageStatus(
            status: word, recipient: "919876543210", errors: errors, detail: detail, distinction: distinction)
        return Event(externalID: "wamid.1", channel: .whatsapp, occurredAt: time, effect: .none, content: .status(status))
    }

    @Test("Failures with different errors are two, with equal errors one")
    func errors() async throws {
        let receipt = try await rig.accept(
            status(errors: #"[{"code":1}]"#), status(errors: #"[{"code":2}]"#), status(errors: #"[{"code":1}]"#))
        #expect([receipt.accepted, receipt.duplicates] == [2, 1])
    }

    @Test("Equal errors are one failure, however they are written")
    func spelling() async throws {
        let receipt = try await rig.accept(
            status(errors: #"[{"code":131047,"title":"a-b","error_data":{"x":1,"y":[1.5]}}]"#),
            status(errors: #"[{"error_data":{"y":[1.50],"x":1.0},"title":"a-b","code":131047}]"#),
            status(errors: #"[ { "code" : 1.31047e5, "title" : "a\u002db", "error_data" : { "x" : 1, "y" : [ 15e-1 ] } } ]"#))
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [1, 2, 0])
    }

    @Test(
        "Different errors are different failures",
        arguments: [
            #"[{"code":"131047","title":"t"}]"#, #"[{"code":131047,"title":"T"}]"#, #"[{"code":131047}]"#,
            #"[{"code":131047,"title":"t","href":null}]"#, #"{"code":131047,"title":"t"}"#, #"[{"code":131047,"title":"t"},{}]"#, "[]",
        ])
    func otherErrors(errors: String) async throws {
        let receipt = try await rig.accept(status(errors: #"[{"code":131047,"title":"t"}]"#), status(errors: errors))
        #expect([receipt.accepted, receipt.duplicates] == [2, 0])
    }

    @Test("After an upgrade a failure stored under a key of its errors' notation is a duplicate, another failure is not")
    func writtenKey() async throws {
        try await rig.accept(status(errors: #"[{"title":"t","code":1}]"#))
        try rig.execute("UPDATE message_statuses SET item_key = X'52EB33E0A3439427D16CFEF6802DBC95'")
        let next = try rig.reopened()
        let again = try await next.accept(status(errors: #"[{"title":"t","code":1}]"#))
        #expect([again.accepted, again.duplicates] == [0, 1])
        let other = try await next.accept(status(errors: #"[{"title":"t","code":2}]"#))
        #expect([other.accepted, other.duplicates] == [1, 0])
    }

    @Test("If a status has a distinction, that decides rather than the detail")
    func distinction() async throws {
        let receipt = try await rig.accept(
            status(detail: #"{"a":1}"#, distinction: ["d"]), status(detail: #"{"a":1,"b":2}"#, distinction: ["d"]),
            status(detail: #"{"a":1}"#, distinction: ["e"]))
        #expect([receipt.accepted, receipt.duplicates, receipt.differing] == [2, 0, 1])
    }

    private static let spelled = #"{"pricing":{"billable":true,"rate":1},"conversation":{"id":"a-b"}}"#

    @Test(
        "A distinction is the same, however it is written",
        arguments: [
            #"{"conversation":{"id":"a-b"},"pricing":{"rate":1.0,"billable":true}}"#,
            #"{ "pricing" : { "rate" : 1e0, "billable" : true }, "conversation" : { "id" : "a\u002db" } }"#,
        ])
    func otherSpelling(text: String) async throws {
        let byDetail = try await rig.accept(status("sent", detail: Self.spelled), status("sent", detail: text))
        #expect([byDetail.accepted, byDetail.duplicates, byDetail.differing] == [1, 1, 0])
        let byDistinction = try await rig.accept(
            status("read", detail: Self.spelled, distinction: [Self.spelled, #"{"payment":{"a":1,"b":2}}"#]),
            status("read", detail: Self.spelled, distinction: [text, #"{"payment":{"b":2.0,"a":1}}"#]))
        #expect([byDistinction.accepted, byDistinction.duplicates, byDistinction.differing] == [1, 1, 0])
    }

    @Test(
        "A distinction with another meaning makes another status",
        arguments: [
            #"{"pricing":{"billable":true,"rate":1.5},"conversation":{"id":"a-b"}}"#,
            #"{"pricing":{"billable":true,"rate":"1"},"conversation":{"id":"a-b"}}"#,
            #"{"pricing":{"billable":true,"rate":1},"conversation":{"id":"A-b"}}"#,
            #"{"pricing":{"billable":true,"rate":1}}"#, #"{"pricing":{"billable":true,"rate":1},"conversation":{"id":"a-b"},"x":null}"#,
            #"[{"pricing":{"billable":true,"rate":1},"conversation":{"id":"a-b"}}]"#,
        ])
    func otherValue(text: String) async throws {
        let byDetail = try await rig.accept(status("sent", detail: Self.spelled), status("sent", detail: text))
        #expect([byDetail.accepted, byDetail.duplicates] == [2, 0])
        let byDistinction = try await rig.accept(
            status("read", distinction: [Self.spelled]), status("read", distinction: [text]),
            status("read", distinction: [Self.spelled, "{}"]))
        #expect([byDistinction.accepted, byDistinction.duplicates] == [3, 0])
    }

    @Test("After an upgrade a status stored under a key of its notation is a duplicate, another status is not")
    func formerSpelling() async throws {
        let sent = status("sent", detail: Self.spelled)
        try await rig.accept(sent)
        // The key that the previous version stored: SHA-256 over provider, account, id, word, moment, recipient and detail.
        try rig.execute("UPDATE message_statuses SET item_key = X'942AEB3D450165FD7BAAD524EED21A57'")
        let next = try rig.reopened()
        let again = try await next.accept(sent)
        #expect([again.accepted, again.duplicates] == [0, 1])
        let other = try await next.accept(status("sent", detail: #"{"pricing":{"billable":false,"rate":1},"conversation":{"id":"a-b"}}"#))
        #expect([other.accepted, other.duplicates] == [1, 0])
    }

    /// A version that included neither distinctions nor errors in keys wrote both of these keys.
    @Test("The keys of stored statuses do not change")
    func keys() async throws {
        try await rig.accept(status())
        #expect(try rig.rows("SELECT hex(item_key) FROM message_statuses") == ["4913754A745AECD5AE5503FB84A5200A"])
        let read = status(
            "read", detail: #"{"recipient_user_id":"IN.1","new":1}"#, distinction: [#"{"recipient_user_id":"IN.1"}"#], at: rig.clock.now)
        try await rig.accept(read)
        #expect(
            try rig.rows("SELECT hex(item_key) FROM message_statuses WHERE status = 'read'") == ["F1B3B4F25A816A344FEA17841E18CF81"])
    }

    @Test("After an upgrade a failure stored without its errors in the key is a duplicate, another failure is not")
    func formerKey() async throws {
        try await rig.accept(status(errors: #"[{"code":1}]"#))
        try rig.execute("UPDATE message_statuses SET item_key = X'4913754A745AECD5AE5503FB84A5200A'")
        let next = try rig.reopened()
        let again = try await next.accept(status(errors: #"[{"code":1}]"#))
        #expect([again.accepted, again.duplicates] == [0, 1])
        let other = try await next.accept(status(errors: #"[{"code":2}]"#))
        #expect([other.accepted, other.duplicates] == [1, 0])
    }
}
