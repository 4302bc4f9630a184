import HTTPTypes
import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("Dead letters over HTTP")
struct DeadLetterRouteTests {
    private func rig(letters: Int) async throws -> AdminRig {
        let rig = try AdminRig()
        for number in 0..<letters { try await rig.whatsApp(#""messages":[{"from":"919812343210","text":{"body":"\#(number)"}}]"#) }
        return rig
    }

    @Test("The list has the unresolved letters with what they mean, and how many have each reason")
    func list() async throws {
        let rig = try await rig(letters: 3)
        let answer = try await rig.get("/admin/dead-letters?limit=2")
        #expect(answer.items.count == 2 && answer.items.allSatisfy { $0["stage"].string == "normalize" })
        #expect(answer.items.allSatisfy { $0["explanation"].string?.contains("could not read") == true })
        #expect(answer.json?["reasons"].elements.map { $0["count"].int } == [3])
        let rest = try await rig.get("/admin/dead-letters?limit=2&after=\(answer.next ?? "")")
        #expect(rest.items.count == 1 && rest.next == nil)
        #expect(try await rig.get("/admin/dead-letters?stage=sync").items.isEmpty)
        #expect(try await rig.get("/admin/dead-letters?reason=another").items.isEmpty)
    }

    @Test("A letter is shown with its record; a retry that fails says why, and is recorded as not resolved")
    func retry() async throws {
        let rig = try await rig(letters: 1)
        let id = try rig.file.rows("SELECT dead_letter_id FROM dead_letters").first ?? ""
        #expect(try await rig.get("/admin/dead-letters/\(id)").json?["record"]["text"]["body"].string == "0")
        let answer = try await rig.send(.post, "/admin/dead-letters/\(id)/retry")
        #expect(answer.status == 200 && answer.json?["resolved"].bool == false && answer.json?["reason"].string != nil)
        #expect(try rig.file.rows("SELECT action, target, outcome FROM operator_actions") == ["dead-letter.retry|\(id)|not resolved"])
    }

    @Test("A discarded letter is resolved, and stays in the list of resolved ones")
    func discard() async throws {
        let rig = try await rig(letters: 2)
        let id = try rig.file.rows("SELECT dead_letter_id FROM dead_letters").first ?? ""
        let answer = try await rig.send(.post, "/admin/dead-letters/\(id)/discard")
        #expect(answer.text == #"{"discarded":1,"selected":1}"#)
        #expect(try await rig.get("/admin/dead-letters").items.count == 1)
        #expect(try await rig.get("/admin/dead-letters?resolved=true").items.count == 2)
    }

    @Test("All letters, or those with a reason, are retried or discarded by one request")
    func many() async throws {
        let rig = try await rig(letters: 3)
        let reason = try rig.file.rows("SELECT reason FROM dead_letters").first ?? ""
        let retried = try await rig.send(.post, "/admin/dead-letters/retry", #"{"all":true}"#)
        #expect(retried.json?["selected"].int == 3 && retried.json?["resolved"].int == 0 && retried.json?["unresolved"].count == 3)
        let other = try await rig.send(.post, "/admin/dead-letters/discard", #"{"reason":"another"}"#)
        #expect(other.text == #"{"discarded":0,"selected":0}"#)
        let discarded = try await rig.send(.post, "/admin/dead-letters/discard", #"{"reason":"\#(reason)"}"#)
        #expect(discarded.text == #"{"discarded":3,"selected":3}"#)
        #expect(try rig.file.count("operator_actions WHERE outcome IS NOT NULL") == 3)
    }

    @Test(
        "A selection with something unknown, wrong or missing is refused with the field, and nothing is recorded",
        arguments: [
            ("", 400, []), ("[]", 400, []), ("{}", 422, ["reason"]), (#"{"all":false}"#, 422, ["all"]),
            (#"{"all":true,"reason":"x"}"#, 422, ["reason"]), (#"{"reason":7}"#, 422, ["reason"]), (#"{"all":true,"x":1}"#, 422, ["body"]),
            (#"{"all":true,"stage":"y"}"#, 422, ["stage"]),
        ] as [(String, Int, [String])])
    func refused(body: String, status: Int, fields: [String]) async throws {
        let rig = try await rig(letters: 1)
        let answer = try await rig.send(.post, "/admin/dead-letters/retry", body)
        #expect(answer.status == status && answer.fields == fields)
        #expect(try rig.file.count("operator_actions") == 0)
    }
}
