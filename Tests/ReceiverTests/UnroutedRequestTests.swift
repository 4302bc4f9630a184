import Logging
import Messaging
import SwitchboardTesting
import Testing

@testable import Receiver

@Suite("Requests that match no route")
struct UnroutedRequestTests {
    private let log = LogRecorder()
    private let rig: TestReceiver

    init() throws { rig = try TestReceiver(logger: log.logger) }

    @Test(
        "A request that was probably meant as a webhook is logged as a warning, with only the plain words of its path",
        arguments: [
            ("POST", "/webhooks/whatsapp-cloud/mian", "account is not configured", "/webhooks/whatsapp-cloud/mian"),
            ("GET", "/webhooks/kiosk/+919876543210?hub.mode=x", "account is not configured", "/webhooks/kiosk/(a name of 13 bytes)"),
            ("POST", "/webhook/chat/main", "not a webhook's", "/webhook/chat/main"),
            ("POST", "/api/v1/kiosk/lobby", "not a webhook's", "/api/v1/kiosk/lobby"),
            ("POST", "/WebHooks", "not a webhook's", "/WebHooks"),
            ("PUT", "/webhooks/chat/main", "with a method that it does not take", "/webhooks/chat/main"),
            ("POST", "/webhooks/a/b/c/d/e/f/g", "account is not configured", "/webhooks/a/b/c/d/e/…"),
        ])
    func webhook(method: String, target: String, words: String, path: String) async throws {
        let answer = try await rig.send(method, target, body: [])
        let line = try #require(log.lines.first { $0.level == .warning })
        #expect(line.message.contains(words) && line.metadata["http.path"] == path && line.metadata["http.method"] == method, "\(line)")
        #expect(line.metadata["http.status"] == "\(answer.status)" && line.metadata["request.count"] == "1")
        #expect(log.numericKeys.isSuperset(of: ["http.status", "request.count"]))
        #expect(line.metadata["advice"]?.contains("/webhooks/kiosk/") == true, "\(line)")
        #expect(line.metadata["hb.request.id"] == answer.header("x-request-id"))
    }

    @Test(
        "Any other request is counted, and logged only at debug level",
        arguments: [("GET", "/wp-login.php"), ("POST", "/.env"), ("GET", "/"), ("DELETE", "/session/start"), ("POST", "/healthz")])
    func other(method: String, target: String) async throws {
        _ = try await rig.send(method, target, body: [])
        #expect(log.lines.filter { $0.message == "request refused" }.map(\.level) == [.debug])
        #expect(!log.lines.contains { $0.level == .warning }, "\(log.lines)")
        let page = try await rig.send("GET", "/metrics").text
        let reason = ["DELETE", "POST"].contains(method) && target != "/.env" ? "unknown_method" : "unknown_path"
        #expect(page.contains("\nswitchboard_requests_refused_total{reason=\"\(reason)\"} 1\n"), "\(page)")
    }

    @Test("A scanner causes one warning per kind and minute, with the number of requests")
    func scanner() async throws {
        let warnings = { log.lines.filter { $0.level == .warning } }
        for index in 0..<50 {
            for path in ["/webhooks/name/\(index)", "/webhook/\(index)"] { _ = try await rig.send("POST", path, body: []) }
        }
        #expect(warnings().count == 2)
        rig.clock.advance(by: .seconds(61))
        _ = try await rig.send("POST", "/webhooks/name/more", body: [])
        #expect(warnings().count == 3 && warnings().last?.metadata["request.count"] == "50")
    }
}
