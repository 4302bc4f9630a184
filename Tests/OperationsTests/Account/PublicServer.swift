import Foundation
import HTTPTypes
import Hummingbird
import HummingbirdCore
import HummingbirdTLS
import HummingbirdTesting
import Journal
import Logging
import Messaging
import NIOCore
import NIOSSL
import Receiver
import SwitchboardTesting

/// What stands at the public URL: a proxy that does something to requests, and a gateway behind it.
struct PublicServer {
    /// What the proxy does: returns an answer of its own, or the request for the gateway.
    enum Passage: Sendable {
        case answer(Response)
        case request(Request)
    }

    /// Passes everything on.
    static let passOn: @Sendable (Request) async throws -> Passage = { .request($0) }

    /// Calls `body` with the base URL and the gateway's journal. `gateway` are the account that it has and its adapter.
    static func run(
        _ gateway: [(account: Account, adapter: any ChannelAdapter)], traits: [AdapterTraits], tls: TLSConfiguration? = nil,
        now: @escaping TimeSource = { .now }, proxy: @escaping @Sendable (Request) async throws -> Passage = Self.passOn,
        _ body: @escaping @Sendable (String, JournalFile) async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        let path = "\(folder.path)/journal.sqlite"
        let journal = try Journal(Journal.Configuration(path: path, adapters: traits), logger: silent)
        defer { try? journal.close() }
        let receiver = Receiver(
            journal: journal, endpoints: Endpoints(gateway), configuration: Receiver.Configuration(clients: ClientKeys([], isOpen: false)),
            now: now)
        let responder = receiver.makeRouter().buildResponder()
        let front = CallbackResponder<BasicRequestContext> { request, context in
            switch try await proxy(request) {
            case .answer(let response): return response
            case .request(let request): return try await responder.respond(to: request, context: context)
            }
        }
        try await serve(front, tls: tls) { port in
            try await body("\(tls == nil ? "http" : "https")://127.0.0.1:\(port)", JournalFile(path: path))
        }
    }

    /// Calls `body` with the port of a server.
    static func serve(
        _ responder: CallbackResponder<BasicRequestContext>, tls: TLSConfiguration? = nil,
        _ body: @escaping @Sendable (Int) async throws -> Void
    ) async throws {
        // The id of a request is in the metadata of its logger, so that the logger must keep them.
        var quiet = Logger(label: "test")
        quiet.logLevel = .critical
        let server: HTTPServerBuilder = if let tls { try .tls(.http1(), tlsConfiguration: tls) } else { .http1() }
        let application = Application(
            responder: responder, server: server,
            configuration: .init(address: .hostname("127.0.0.1", port: 0)), logger: quiet)
        try await application.test(.live) { client in
            guard let port = client.port else { throw ProcessFailure("the server has no port") }
            try await body(port)
        }
    }
}

/// Certificates that openssl makes in a folder.
struct TestCertificates {
    let folder = try? TemporaryFolder()

    /// Makes an authority, `ca.pem`.
    init() async throws {
        try await openssl(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=authority -keyout ca.key -out ca.pem")
    }

    var authority: String { "\(folder?.path ?? "")/ca.pem" }

    /// The configuration of a server with a new certificate of the authority; `days` of -1 is an expired one.
    func server(for name: String, days: Int = 2) async throws -> TLSConfiguration {
        let path = folder?.path ?? ""
        try Data("subjectAltName=\(name)\n".utf8).write(to: URL(fileURLWithPath: "\(path)/server.ext"))
        try await openssl("req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=server -keyout server.key -out server.csr")
        try await openssl(
            "x509 -req -in server.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days \(days) -extfile server.ext -out server.pem")
        return .makeServerConfiguration(
            certificateChain: try NIOSSLCertificate.fromPEMFile("\(path)/server.pem").map { .certificate($0) },
            privateKey: .privateKey(try NIOSSLPrivateKey(file: "\(path)/server.key", format: .pem)))
    }

    private func openssl(_ arguments: String) async throws {
        let process = try ChildProcess(
            "/usr/bin/openssl", arguments.split(separator: " ").map(String.init), in: folder?.path ?? "", environment: ["PATH": "/usr/bin"])
        guard try await process.ended() == .exit(code: 0) else { throw ProcessFailure("openssl \(arguments): \(process.errors)") }
    }
}
