import Foundation
import HTTPTransport
import SwitchboardTesting
import Testing

@Suite("Output that nobody reads")
struct UnreadOutputTests {
    @Test("A full log pipe blocks nothing: messages are acknowledged, probes answer, and the log later has the number of dropped lines")
    func fullLog() async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(extra: "log: { buffer: 32KiB }")) { folder in
            let log = try NamedPipe(at: "\(folder.path)/log")
            log.fill()
            let gateway = try await folder.start(setup: "exec 2> log")
            let client = try GatewayClient(gateway)
            // Several kinds of lines: a single kind would be limited before this many lines are written.
            for refusal in [Refusal.unauthorized, .malformed, .mediaType] { try await refusal.provoke(100, by: client) }
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.unread"])).accepted == 1)
            #expect(try await client.get("/readyz").status == 200)
            #expect(try await !client.get("/metrics").text.contains("switchboard_log_dropped_lines_total 0\n"))
            let lines = try await waiting(for: "the line that says how much was dropped") {
                log.read()
                return log.text.contains(/"message":"log lines were dropped.*"log.dropped":[1-9]/)
                    ? log.text.split(separator: "\n") : nil
            }
            #expect(lines.dropLast().allSatisfy { $0.first == "{" && $0.last == "}" })
            // The pipe is full again, and is not read to its end.
            log.fill()
            try await Refusal.field.provoke(100, by: client)
            #expect(try await gateway.terminate() == 0)
            #expect(try folder.journal.messageIDs() == ["wamid.unread"])
        }
    }

    @Test("Neither standard output that nobody reads nor a reader that disconnects blocks anything", arguments: ["1", "2", "1 2"])
    func readerGone(descriptors: String) async throws {
        try await GatewayFolder.with { folder in
            let port = try LoopbackSocket.freePort()
            // The pipes are full from the start, and their readers disconnect while the gateway serves.
            let pipes = try descriptors.split(separator: " ").map { ($0, try NamedPipe(at: "\(folder.path)/pipe\($0)")) }
            pipes.forEach { $0.1.fill() }
            let setup = pipes.map { "exec \($0.0)> pipe\($0.0)" }.joined(separator: "; ")
            try await withGateway(in: folder, on: port, setup: setup) { client, gateway in
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.full"])).accepted == 1)
                pipes.forEach { $0.1.close() }
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.gone"]), to: .whatsApp.forged).status == 401)
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.gone"])).accepted == 1)
                gateway.send(signal: SIGTERM)
                let end = try await gateway.ended()
                #expect(end == .exit(code: 0))
            }
            #expect(try folder.journal.messageIDs() == ["wamid.full", "wamid.gone"])
        }
    }

    @Test("The reason why it could not start is printed after the lines of the log")
    func failedStart() async throws {
        try await GatewayFolder.withGateway(settings: GatewayFolder.settings(extra: "log: { level: trace }")) { folder, gateway in
            let outcome = try await folder.run("serve", "--port", "\(gateway.port)")
            #expect(outcome.exitCode == 75)
            #expect(outcome.errors.split(separator: "\n").last?.hasPrefix("switchboard: ") == true)
        }
    }

    @Test("A flood of refused requests writes a bounded number of lines, with the number of omitted ones")
    func flood() async throws {
        try await GatewayFolder.withGateway { _, gateway in
            let client = try GatewayClient(gateway)
            try await Refusal.unauthorized.provoke(500, by: client)
            #expect(try await client.get("/metrics").text.contains(/switchboard_log_omitted_lines_total [1-9]\d\d\n/))
            try await gateway.terminate()
            let lines = gateway.log.split(separator: "\n")
            #expect(lines.count < 200)
            #expect(lines.contains { $0.contains("repeated log lines were left out") && $0.contains(/"log.omitted":[1-9]/) })
        }
    }

    @Test(
        "Descriptors that are closed at the start are opened first, so that no file becomes one of them",
        arguments: ["0<&-", "1>&-", "2>&-", "0<&- 1>&- 2>&-"])
    func closedDescriptors(closing: String) async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(extra: "log: { level: trace }")) { folder in
            try await withGateway(in: folder, on: LoopbackSocket.freePort(), setup: "exec \(closing)") { client, gateway in
                for descriptor in 0...2 where closing.contains("\(descriptor)") {
                    let target = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(gateway.id)/fd/\(descriptor)")
                    #expect(target == "/dev/null")
                }
                #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.closed"])).accepted == 1)
                gateway.send(signal: SIGTERM)
                let end = try await gateway.ended()
                #expect(end == .exit(code: 0))
            }
            #expect(try folder.journal.integrity() == ["ok"])
            #expect(try folder.journal.messageIDs() == ["wamid.closed"])
            // Another verb, which prints immediately.
            let outcome = try await BuiltProgram.shell(
                "cd \(folder.path) && exec \(BuiltProgram.executable) journal check --config settings.yaml \(closing)")
            #expect(outcome.exitCode == 0)
            #expect(try folder.journal.integrity() == ["ok"])
        }
    }

    /// Requests that are refused, each with a different kind of log line.
    private enum Refusal: Int {
        case malformed = 400
        case unauthorized = 401
        case mediaType = 415
        case field = 422

        /// Sends this many of these requests.
        func provoke(_ count: Int, by client: GatewayClient) async throws {
            let key = self == .unauthorized ? "wrong-key-of-the-shop" : GatewayFolder.Secrets.client
            let headers = [
                HTTPField("Authorization", "Bearer \(key)"),
                HTTPField("Content-Type", self == .mediaType ? "text/plain" : "application/json"),
            ]
            for _ in 0..<count {
                let reply = try await client.post("/session/start", headers, body: self == .malformed ? "{" : "{}")
                #expect(reply.status == rawValue)
            }
        }
    }

    /// A gateway with a given port, so that its output need not be read to learn the address.
    private func withGateway(
        in folder: GatewayFolder, on port: Int, setup: String, _ body: (GatewayClient, ChildProcess) async throws -> Void
    ) async throws {
        let process = try ChildProcess(
            "/bin/bash",
            ["-c", "\(setup); exec \"$@\"", "bash", BuiltProgram.executable, "serve", "--config", "settings.yaml", "--port", "\(port)"],
            in: folder.path)
        defer { process.send(signal: SIGKILL) }
        let client = try GatewayClient(base: "http://127.0.0.1:\(port)")
        try await waiting(for: "a gateway to listen") {
            if await (try? client.get("/healthz"))?.status == 200 { return true }
            guard process.isRunning else { throw ProcessFailure("the gateway ended at its start: \(process.errors)") }
            return nil
        }
        try await body(client, process)
    }
}

/// A named pipe that is open for reading here, so that a writer does not wait for a reader.
private final class NamedPipe {
    private var descriptor: Int32
    private var bytes: [UInt8] = []

    init(at path: String) throws {
        guard mkfifo(path, 0o600) == 0 else { throw ProcessFailure("\(path): no pipe: \(String(cString: strerror(errno)))") }
        descriptor = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)
        guard descriptor >= 0 else { throw ProcessFailure("\(path): \(String(cString: strerror(errno)))") }
    }

    deinit { close() }

    /// Everything read so far.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// Reads what is in the pipe.
    func read() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while case let count = Foundation.read(descriptor, &buffer, buffer.count), count > 0 { bytes += buffer.prefix(count) }
    }

    /// Fills the pipe to its last byte with empty lines.
    func fill() {
        for size in [4096, 1] { while write(descriptor, [UInt8](repeating: 0x0A, count: size), size) > 0 {} }
    }

    /// Disconnects the reader.
    func close() {
        if descriptor >= 0 { Foundation.close(descriptor) }
        descriptor = -1
    }
}
