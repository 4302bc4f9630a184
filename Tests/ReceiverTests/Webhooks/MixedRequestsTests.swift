import AdapterConformance
import SwitchboardTesting
import Testing

@testable import Receiver

@Suite("Random requests on one connection")
struct MixedRequestsTests {
    /// One request, and the status of its expected answer.
    private enum Kind: CaseIterable {
        case webhook, chunked, duplicate, forged, unreadable, token, route

        var status: String {
            switch self {
            case .webhook, .chunked, .duplicate: "200"
            case .forged: "401"
            case .unreadable: "400"
            case .token, .route: "204"
            }
        }

        var isOfRoutes: Bool { self == .token || self == .route }
    }

    @Test("However the requests are mixed and split, each is answered once, in order, by the right handler", arguments: 1...20)
    func random(number: Int) async throws {
        var generator = SeededGenerator(stream: number)
        let rig = try TestReceiver()
        let connection = try await TestConnection(rig)
        let kinds = (0..<Int.random(in: 1...40, using: &generator)).map { _ in Kind.allCases.randomElement(using: &generator) ?? .route }
        let bytes = Array(kinds.enumerated().map { request($1, number: $0, rig) }.joined().utf8)
        var sent = bytes[...]
        var answered = 0
        while !sent.isEmpty {
            let cut = sent.prefix(Int.random(in: 1...1500, using: &generator))
            sent = sent.dropFirst(cut.count)
            await connection.receive(String(decoding: cut, as: UTF8.self))
            if Bool.random(using: &generator) { try await answerNext() }
        }
        let expected = kinds.map(\.status)
        let statuses = try await waiting(for: "all answers; SWITCHBOARD_SEED=\(SeededGenerator.runSeed)") {
            try await answerNext()
            let statuses = try await connection.statuses()
            return statuses.count >= expected.count ? statuses : nil
        }
        #expect(statuses == expected, "SWITCHBOARD_SEED=\(SeededGenerator.runSeed)")
        #expect(answered == kinds.count { $0.isOfRoutes })
        #expect(rig.edge.bodies.bytes == 0)
        let webhooks = kinds.count { $0 == .webhook || $0 == .chunked } + (kinds.contains(.duplicate) ? 1 : 0)
        #expect(try rig.file.count("messages") == webhooks)

        /// Answers in place of the routes, if a request waits for them.
        func answerNext() async throws {
            guard connection.seen.count(where: { $0 == "end" }) > answered else { return }
            answered += 1
            try await connection.answer(204)
        }
    }

    private func request(_ kind: Kind, number: Int, _ rig: TestReceiver) -> String {
        switch kind {
        case .webhook: rig.request(Body.event("\(number)"))
        case .chunked: rig.request(Body.event("\(number)"), hasLength: false)
        case .duplicate: rig.request(Body.event("same"))
        case .forged: rig.unsigned(Body.event("\(number)"), to: "/webhooks/kiosk/lobby")
        case .unreadable: rig.request("{")
        case .token: rig.unsigned(Body.event("\(number)"), to: "/webhooks/chat/main", headers: ["X-Session-Token: abcdefgh"])
        case .route: "GET /a HTTP/1.1\r\nHost: a\r\n\r\n"
        }
    }
}
