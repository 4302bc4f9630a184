import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdTesting
import JSON
import Journal
import Logging
import Messaging
import NIOCore
import Testing
import WebChat

@testable import Receiver

@Suite("Requests that the edge refuses")
struct RefusalTests {
    @Test("A body that is too long is answered 413")
    func tooLong() async throws {
        try await withRouter { client in
            let body = ByteBuffer(repeating: 0x20, count: 65)
            try await client.execute(uri: "/session/start", method: .post, headers: [.contentType: "application/json"], body: body) {
                #expect($0.status == .contentTooLarge)
                #expect($0.headers[.contentType] == "application/problem+json")
            }
        }
    }

    @Test("A body without a declared length that becomes too long, which is an error of NIO's own, is answered 413 too")
    func grownTooLong() {
        #expect(Problem(NIOTooManyBytesError(maxBytes: 64)).response.status == .contentTooLarge)
    }

    @Test("A token without a session is answered 401 before the body is parsed")
    func unknownToken() async throws {
        try await withRouter { client in
            let headers: HTTPFields = [
                .contentType: "application/json", try #require(HTTPField.Name("X-Session-Token")): "a-token-of-nobody",
            ]
            let body = ByteBuffer(string: "no JSON")
            try await client.execute(uri: "/webhooks/chat/main", method: .post, headers: headers, body: body) { response in
                #expect(response.status == .unauthorized)
                #expect(String(buffer: response.body).contains("the header x-session-token names no active session"))
            }
        }
    }

    @Test(
        "The header X-Session-Token shows the session, another one does not", arguments: [("X-Session-Token", 200), ("Authorization", 401)])
    func sessionToken(header: String, status: Int) async throws {
        try await withRouter { client in
            let token = try await client.execute(
                uri: "/session/start", method: .post, headers: [.contentType: "application/json"],
                body: ByteBuffer(string: #"{"phone":"+919876543210","channel":"chat"}"#)
            ) { try JSON(parsing: Array($0.body.readableBytesView))["session_token"].string }
            let headers: HTTPFields = [try #require(HTTPField.Name(header)): try #require(token)]
            for (path, method) in [("/session", HTTPRequest.Method.get), ("/session/end", .post)] {
                try await client.execute(uri: path, method: method, headers: headers) { #expect($0.status.code == status) }
            }
        }
    }

    @Test("A delivery that cannot be stored now is answered 503 with Retry-After")
    func unavailable() async throws {
        try await withRouter { client in
            let body = ByteBuffer(string: #"{"phone":"+919876543210","channel":"chat"}"#)
            try await client.execute(uri: "/session/start", method: .post, headers: [.contentType: "application/json"], body: body) {
                #expect($0.status == .serviceUnavailable)
                #expect($0.headers[.retryAfter] == "5")
            }
        } before: {
            try $0.close()
        }
    }

    @Test(
        "A 503 gives the reason, and says that nothing was stored only if something would have been",
        arguments: [
            (JournalError.Code.unavailable, false, "nothing was stored (unavailable); send it again", Logger.Level.error),
            (.unavailable, true, "the journal is unavailable: ask again later", .error),
            (.undecided, false, "nothing was stored (nobody answers); send it again", .warning),
            (.undecided, true, "nobody answers: ask again later", .warning),
        ])
    func unavailable(code: JournalError.Code, isQuestion: Bool, detail: String, level: Logger.Level) {
        let problem = Problem(JournalError(code, reason: "nobody answers"), isQuestion: isQuestion)
        #expect(problem.status == .serviceUnavailable && problem.detail == detail && problem.logLevel == level)
        #expect(problem.headers[.retryAfter] == "5")
    }

    @Test("If a session cannot be looked up now, the answer is 503, and does not mention storing")
    func unreadable() async throws {
        try await withRouter { client in
            let headers: HTTPFields = [try #require(HTTPField.Name("X-Session-Token")): "a-token-of-nobody"]
            try await client.execute(uri: "/session", method: .get, headers: headers) { response in
                #expect(response.status == .serviceUnavailable)
                #expect(String(buffer: response.body).contains("ask again later"))
                #expect(!String(buffer: response.body).contains("stored"))
            }
        } before: {
            try $0.close()
        }
    }

    /// Calls `body` with the routes over a temporary journal; bodies may have up to 64 bytes.
    private func withRouter(
        _ body: @escaping @Sendable (any TestClientProtocol) async throws -> Void, before: (Journal) throws -> Void = { _ in }
    ) async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "switchboard-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        let journal = try Journal(.init(path: folder.appending(path: "journal.sqlite").path), logger: Logger(label: "test"))
        let account = Account(adapter: "chat", name: "main", secrets: [Secret("whsec_c2l4IHRpbWVzIGZvdXIgbWFrZXMgMjQh")])
        let receiver = Receiver(
            journal: journal, endpoints: Endpoints([(account: account, adapter: try WebChatAdapter(account: account))]),
            configuration: .init(bodyLimit: 64, clients: ClientKeys([], isOpen: true)))
        try before(journal)
        try await Application(router: receiver.makeRouter()).test(.router, body)
        try journal.close()
    }
}
