import HTTPTypes
import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("Captures over HTTP")
struct CaptureRouteTests {
    @Test("The list counts events and dead letters of each delivery, the latest first, in pages")
    func list() async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        rig.clock.advance(by: .seconds(1))
        try await rig.whatsApp(#""messages":[{"from":"919812343210"}]"#)
        let all = try await rig.get("/admin/captures").items
        #expect(all.map { $0["adapter"].string } == ["whatsapp-cloud", "kiosk"])
        #expect(all.map { $0["events"].int } == [0, 1])
        #expect(all.map { $0["dead_letter"].bool } == [true, false])
        let first = try await rig.get("/admin/captures?limit=1")
        #expect(first.items.map { $0["adapter"].string } == ["whatsapp-cloud"])
        let second = try await rig.get("/admin/captures?limit=1&after=\(first.next ?? "")")
        #expect(second.items.map { $0["adapter"].string } == ["kiosk"])
        #expect(try await rig.get("/admin/captures?adapter=kiosk&account=lobby").items.count == 1)
        #expect(try await rig.get("/admin/captures?since=\(rig.clock.now)").items.map { $0["adapter"].string } == ["whatsapp-cloud"])
    }

    @Test("A delivery is shown with its request, its items, and no secret of its headers")
    func show() async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        let id = try rig.file.rows("SELECT delivery_id FROM deliveries").first ?? ""
        let answer = try await rig.get("/admin/captures/\(id)")
        #expect(answer.json?["method"].string == "POST" && answer.json?["target"].string == "/webhooks/kiosk/lobby")
        #expect(answer.json?["body"].string?.contains(#""text":"Hello""#) == true)
        #expect(answer.json?["stored"].elements.map { $0["table"].string } == ["messages"])
        #expect(answer.json?["duplicate_of"].count == 0 && answer.json?["differences"].count == 0)
        let headers = answer.json.map { Array($0["headers"].elements) } ?? []
        #expect(headers.contains { $0[0].string == "content-type" && $0[1].string == "application/json" })
        #expect(headers.allSatisfy { $0[0].string != "webhook-signature" || $0[1].string == "•••" })
    }

    @Test("An export is redacted unless the operator asks otherwise, which is recorded")
    func export() async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        let id = try rig.file.rows("SELECT delivery_id FROM deliveries").first ?? ""
        let redacted = try await rig.get("/admin/captures/\(id)/export")
        #expect(redacted.headers[.contentType] == "text/plain; charset=utf-8")
        #expect(redacted.text.contains("POST /webhooks/kiosk/lobby") && !redacted.text.contains("9812343210"))
        #expect(try rig.file.count("operator_actions") == 0)
        let whole = try await rig.get("/admin/captures/\(id)/export?redact=false")
        #expect(whole.text.contains("+919812343210"))
        #expect(try rig.file.rows("SELECT action, target, outcome FROM operator_actions") == ["capture.export|\(id)|done"])
    }

    @Test("A curl line posts the delivery with a new signature of its account, which is recorded")
    func curl() async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        let id = try rig.file.rows("SELECT delivery_id FROM deliveries").first ?? ""
        let text = try await rig.get("/admin/captures/\(id)/curl").text
        #expect(text.hasPrefix("curl ") && text.contains("/webhooks/kiosk/lobby") && text.contains("webhook-signature: v1,"))
        #expect(try rig.file.rows("SELECT action, target, outcome FROM operator_actions") == ["capture.curl|\(id)|done"])
    }

    @Test("A curl line does not give away the secret of an account whose sender shows the secret itself")
    func secretOfCurl() async throws {
        let rig = try AdminRig()
        try await rig.post("/webhooks/360dialog/direct", #"{"messages":[{"from":"919812343210","id":"1","text":{"body":"a"}}]}"#)
        let id = try rig.file.rows("SELECT delivery_id FROM deliveries").first ?? ""
        let answer = try await rig.get("/admin/captures/\(id)/curl")
        #expect(answer.status == 409 && !answer.text.contains(AdminRig.secret))
        #expect(try await !rig.get("/admin/captures/\(id)").text.contains(AdminRig.secret))
        #expect(try rig.file.count("operator_actions") == 0)
    }

    @Test("A replay of a stored delivery stores nothing again, and is recorded with its result")
    func replay() async throws {
        let rig = try AdminRig()
        try await rig.event("1")
        let id = try rig.file.rows("SELECT delivery_id FROM deliveries").first ?? ""
        let answer = try await rig.send(.post, "/admin/captures/\(id)/replay", "{}")
        #expect(answer.text == #"{"accepted":0,"duplicates":1,"rejected":[]}"#)
        #expect(try rig.file.count("messages") == 1)
        let audit = try await rig.get("/admin/audit").items
        #expect(audit.map { $0["outcome"].string } == ["accepted 0, duplicates 1"])
    }
}
