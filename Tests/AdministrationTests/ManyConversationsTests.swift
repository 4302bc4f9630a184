import JSON
import Journal
import Messaging
import SwitchboardTesting
import Testing

@Suite("Ten thousand conversations")
struct ManyConversationsTests {
    private static let people = 10_000

    private static func phone(_ number: Int) -> String { "+9198\(10_000_000 + number)" }

    /// Everybody writes twice; the second message of everybody comes after the first of all.
    private func rig() async throws -> AdminRig {
        let rig = try AdminRig()
        for round in 0..<2 {
            for start in stride(from: 0, to: Self.people, by: 1000) {
                let events = (start..<start + 1000).map { number in
                    """
                    {"specversion":"1.0","id":"\(round) \(number)","source":"/app","type":"message.text",\
                    "data":{"phone":"\(Self.phone(number))","text":"text \(round) of \(number)"}}
                    """
                }
                try await rig.post("/webhooks/kiosk/lobby", "[\(events.joined(separator: ","))]")
            }
        }
        return rig
    }

    @Test("Lists, a search and a timeline are right while no row is in a list, and after all are")
    func lists() async throws {
        let rig = try await rig()
        for isListed in [false, true] {
            if isListed {
                let passed = try await rig.journal.listRows()
                #expect(passed >= Int64(2 * Self.people))
                #expect(try rig.file.rows("SELECT count(*) FROM row_lists WHERE seq > (SELECT seq FROM listed_rows)") == ["0"])
            }
            let first = try await rig.get("/admin/conversations?limit=200")
            #expect(first.items.map { $0["last_text"].string } == (0..<200).map { "text 1 of \(Self.people - 1 - $0)" })
            let second = try await rig.get("/admin/conversations?limit=200&after=\(first.next ?? "")")
            #expect(second.items.map { $0["last_text"].string } == (200..<400).map { "text 1 of \(Self.people - 1 - $0)" })
            let found = try await rig.get("/admin/conversations?query=\(Self.phone(4321).dropFirst(3))")
            #expect(found.items.map { $0["last_text"].string } == ["text 1 of 4321"])
            let contact = found.items.first?["contact_id"].string ?? ""
            let timeline = try await rig.get("/admin/contacts/\(contact)/timeline")
            #expect(timeline.items.compactMap { $0["text"].string } == ["text 1 of 4321", "text 0 of 4321"])
            #expect(try await rig.get("/admin/conversations?query=nobody%20has%20this").items.isEmpty)
            #expect(try await rig.get("/admin/sessions?status=active&limit=200").items.count == 200)
            #expect(try await rig.get("/admin/sessions?phone=\(Self.phone(77).dropFirst(3))").items.count == 1)
            // A page looks through a limited part of the journal.
            let captures = try await rig.get("/admin/captures")
            let earlier = try await rig.get("/admin/captures?after=\(captures.next ?? "")")
            #expect(captures.items.count + earlier.items.count == 20)
            #expect(try await rig.get("/admin/overview").json?["sessions_active"].int == Int64(Self.people))
        }
    }
}
