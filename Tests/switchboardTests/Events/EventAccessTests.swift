import Foundation
import HTTPTransport
import JSON
import SwitchboardTesting
import Testing

@Suite("Access to the events")
struct EventAccessTests {
    private static let query = "/events?kind=nothing"

    private func ask(_ gateway: GatewayProcess, _ authorization: String?, from address: String? = nil) async throws -> IncomingResponse {
        let headers = [
            authorization.map { HTTPField("Authorization", $0) }, address.map { HTTPField("X-Forwarded-For", $0) },
        ]
        // An operator gets 400, an answer that ends.
        return try await HTTPTransport().send(OutgoingRequest(url: gateway.base + Self.query, headers: headers.compactMap(\.self)))
    }

    @Test("Without an operator's token the answer is 401, whatever other credentials are sent, and does not mention the filters")
    func refused() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let shown = [
                nil, "Bearer ", "Bearer nobody-has-this-token", GatewayFolder.Secrets.operator, "Basic \(GatewayFolder.Secrets.operator)",
                "Bearer \(GatewayFolder.Secrets.client)", "Bearer \(GatewayFolder.Secrets.operator)0",
            ]
            for authorization in shown {
                let answer = try await ask(gateway, authorization)
                #expect(answer.status == 401 && answer.isProblem && answer.header("www-authenticate") == "Bearer", "\(answer.text)")
                #expect(!answer.text.contains("known are") && !answer.text.contains(GatewayFolder.Secrets.operator))
            }
            #expect(try await ask(gateway, "Bearer \(GatewayFolder.Secrets.operator)").status == 400)
            #expect(try await ask(gateway, "bearer \(GatewayFolder.Secrets.operator)").status == 400)
            let inQuery = try EventReader(gateway, "token=\(GatewayFolder.Secrets.operator)", token: nil)
            #expect(try await inQuery.answer().status == 401)
        }
    }

    @Test("Both tokens of an operator are accepted, and a token that was removed is refused from the next start on")
    func rotation() async throws {
        let (old, new) = (GatewayFolder.Secrets.operator, "5a0c3c8e2f6b4d1797e0c1d2a3b4c5d6")
        let settings = { (token: String) in
            GatewayFolder.settings().replacing("token: \"\(old)\"", with: "token: \(token)")
        }
        try await GatewayFolder.with(settings: settings("[\"\(old)\", \"\(new)\"]")) { folder in
            let gateway = try await folder.start()
            for token in [old, new] { #expect(try await ask(gateway, "Bearer \(token)").status == 400) }
            let reader = try EventReader(gateway, token: old)
            try await reader.begun()
            try await gateway.terminate()
            try folder.write(settings("\"\(new)\""), to: "settings.yaml")
            let next = try await folder.start()
            #expect(try await ask(next, "Bearer \(old)").status == 401)
            #expect(try await ask(next, "Bearer \(new)").status == 400)
        }
    }

    @Test("An address that tries many tokens has to wait, even with the right one; other addresses do not")
    func pacing() async throws {
        let settings = GatewayFolder.settings(server: "{ trusted_proxies: [127.0.0.1] }")
        try await GatewayFolder.withGateway(settings: settings) { _, gateway in
            let right = "Bearer \(GatewayFolder.Secrets.operator)"
            for number in 0..<10 {
                #expect(try await ask(gateway, "Bearer a-guess-of-a-token-\(number)", from: "192.0.2.1").status == 401)
            }
            let waits = try await ask(gateway, right, from: "192.0.2.1")
            #expect(waits.status == 429 && waits.header("retry-after").flatMap { Int($0) }.map { (1...6).contains($0) } == true)
            #expect(try await ask(gateway, right, from: "192.0.2.2").status == 400)
            // A request without a token is not an attempt.
            for _ in 0..<20 { #expect(try await ask(gateway, nil, from: "192.0.2.3").status == 401) }
            #expect(try await ask(gateway, right, from: "192.0.2.3").status == 400)
            let page = try await GatewayClient(gateway).get("/metrics").text
            #expect(page.contains(#"switchboard_operator_refusals_total{reason="rate"} 1"#))
            #expect(page.contains(#"switchboard_operator_refusals_total{reason="token"} 30"#))
        }
    }

    @Test("Development accounts include an operator and a command that follows the events")
    func newcomer() async throws {
        try await GatewayFolder.with { folder in
            let gateway = try await folder.start(withSettings: false)
            let line = try await waiting(for: "the line") {
                gateway.output.firstMatch(of: /\n  events    (curl -N .*)\n/).map { String($0.output.1) }
            }
            let outcome = try await BuiltProgram.shell("\(line)?kind=nothing")
            #expect(outcome.output.contains("has an unknown value; known are message, status"), "\(outcome.output)")
            try await gateway.terminate()
            let again = try await folder.start(withSettings: false)
            #expect(again.output.contains(line.split(separator: "'")[1]))
        }
    }
}
