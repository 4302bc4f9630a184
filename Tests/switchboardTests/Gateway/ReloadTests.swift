import Foundation
import HTTPTransport
import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("Settings that are reloaded while the gateway runs")
struct ReloadTests {
    private static let nextSecret = "2b1f9f5a4d6e7c8091a2b3c4d5e6f708"
    private static let nextClient = "91fbd0c4e2a85637f0b1c2d3e4f5a697"
    private static let whatsApp = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret(nextSecret)])
    private static let hall = Account(adapter: "kiosk", name: "hall", secrets: [Secret(GatewayFolder.Secrets.kiosk)])

    @Test("New accounts, secrets and keys are in force at once, removed ones no longer, and no connection is closed")
    func applied() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let open = try RawConnection(to: gateway)
            open.write(try Account.kiosk.request(Self.event("1")))
            #expect(try await open.readUntil("\"duplicates\":0}").hasPrefix("HTTP/1.1 200"))
            #expect(try await client.deliver(Self.event("1"), to: Self.hall).status == 404)
            // The header of a request arrives before the reload, its body after it.
            let begun = try RawConnection(to: gateway)
            let request = try Account.kiosk.request(Self.event("2"))
            let head = try #require(request.firstRange(of: "\r\n\r\n")).upperBound
            begun.write(String(request[..<head]))
            try await waiting(for: "the connection to be served") {
                try await client.get("/metrics").text.contains("switchboard_connections 3\n") ? true : nil
            }

            let changed = GatewayFolder.settings().replacing("name: lobby", with: "name: hall")
                .replacing(GatewayFolder.Secrets.whatsApp, with: Self.nextSecret)
                .replacing(GatewayFolder.Secrets.client, with: Self.nextClient)
                .replacing("server: {}", with: "server: { batch_limit: 5 }")
            try await reload(changed, folder, gateway)

            begun.write(String(request[head...]))
            #expect(try await begun.readUntil("\"duplicates\":0}").hasPrefix("HTTP/1.1 200"))
            open.write(try Account.kiosk.request(Self.event("3")))
            #expect(try await open.readUntil("\r\n\r\n").hasPrefix("HTTP/1.1 404"))
            #expect(try await client.deliver(Self.event("4"), to: Self.hall).accepted == 1)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 401)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"]), to: Self.whatsApp).accepted == 1)
            let start = #"{"phone":"+919876543210","channel":"chat"}"#
            #expect(try await client.start(start).status == 401)
            #expect([200, 201].contains(try await client.start(start, key: Self.nextClient).status))
            let line = try #require(Self.lines("the settings were reloaded", gateway).first)
            #expect(line["clients.changed"].elements.compactMap(\.string) == ["shop"])
            #expect(line["settings.changed"].elements.compactMap(\.string) == ["server.batch_limit"])
            #expect(line["accounts.added"].elements.compactMap(\.string) == ["/webhooks/kiosk/hall"])
            #expect(line["accounts.removed"].elements.compactMap(\.string) == ["/webhooks/kiosk/lobby"])
            #expect(line["accounts.changed"].elements.compactMap(\.string) == ["/webhooks/whatsapp-cloud/main"])
            let page = try await client.get("/metrics").text
            #expect(page.contains("switchboard_settings_reloads_total{outcome=\"applied\"} 1\n"))
            #expect(page.contains("switchboard_settings_awaiting_restart 0\n"))
            #expect(try await gateway.terminate() == 0)
        }
    }

    @Test("The streams of an operator's removed token end, and those of the token that stays continue")
    func removedToken() async throws {
        let (old, new) = (GatewayFolder.Secrets.operator, "5a0c3c8e2f6b4d1797e0c1d2a3b4c5d6")
        let settings = { (token: String) in
            GatewayFolder.settings().replacing("token: \"\(old)\"", with: "token: \(token)")
        }
        try await GatewayFolder.withGateway(settings: settings("[\"\(old)\", \"\(new)\"]")) { folder, gateway in
            let client = try GatewayClient(gateway)
            let (leaving, staying) = (try EventReader(gateway, token: old), try EventReader(gateway, token: new))
            for reader in [leaving, staying] { try await reader.begun() }
            try await reload(settings("\"\(new)\""), folder, gateway)
            _ = try await leaving.end()
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).status == 200)
            #expect(try await staying.events(1).map(\.externalID) == ["wamid.1"])
        }
    }

    @Test(
        "A pipe in the place of the settings or of the secrets is refused at once, and the gateway can be stopped",
        arguments: ["settings.yaml", ".env"])
    func pipe(name: String) async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let path = "\(folder.path)/\(name)"
            _ = unlink(path)
            #expect(mkfifo(path, 0o600) == 0)
            gateway.send(signal: SIGHUP)
            let line = try await waiting(for: "the refusal") {
                Self.lines("the changed settings cannot be used: the previous ones stay in force", gateway).first
            }
            #expect(line["settings.file"].string == name)
            #expect(line["error"].string?.contains("is not a regular file") == true)
            #expect(!gateway.log.contains("waiting up to"))
            #expect(try await gateway.terminate() == 0)
        }
    }

    @Test("Wrong settings change nothing: the log has each problem with file and line, and the next right ones are applied")
    func refused() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let message = "the changed settings cannot be used: the previous ones stay in force"
            let wrong = GatewayFolder.settings().replacing("name: lobby", with: "name: hall")
            try folder.write(wrong + "\nlog: { levle: info }\nsession: { idle_timeout: soon }\n", to: "settings.yaml")
            gateway.send(signal: SIGHUP)
            let lines = try await waiting(for: "both problems") {
                let lines = Self.lines(message, gateway)
                return lines.count == 2 ? lines : nil
            }
            #expect(lines.compactMap { $0["setting"].string } == ["log.levle", "session.idle_timeout"])
            #expect(lines.compactMap { $0["settings.line"].int } == [10, 11])
            #expect(lines.allSatisfy { $0["settings.file"].string == "settings.yaml" && $0["level"].string == "error" })
            #expect(try await client.deliver(Self.event("1"), to: .kiosk).accepted == 1)
            #expect(try await client.deliver(Self.event("1"), to: Self.hall).status == 404)
            var page = try await client.get("/metrics").text
            #expect(page.contains("switchboard_settings_reloads_total{outcome=\"refused\"} 1\n"))
            #expect(page.contains("switchboard_settings_refused 1\n"))
            try await reload(wrong, folder, gateway)
            #expect(try await client.deliver(Self.event("2"), to: Self.hall).accepted == 1)
            page = try await client.get("/metrics").text
            #expect(page.contains("switchboard_settings_refused 0\n"))
            // A file that is gone, or has no accounts and clients any more, is no reason to serve others: a line for each of the two keys.
            try folder.write("", to: "settings.yaml")
            gateway.send(signal: SIGHUP)
            try await waiting(for: "the refusal of empty settings") { Self.lines(message, gateway).count == 4 ? true : nil }
            #expect(try await client.deliver(Self.event("3"), to: Self.hall).accepted == 1)
        }
    }

    @Test("Settings that need a restart are named in a warning, and the rest is applied")
    func restart() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let changed = GatewayFolder.settings(server: "{ body_limit: 1MiB, batch_limit: 1 }")
                .replacing("min_free_space: 1MiB", with: "min_free_space: 1MiB, keep: 3d")
            try await reload(changed, folder, gateway)
            let line = try await waiting(for: "the warning") {
                Self.lines("some changed settings need a restart: their previous values stay in force", gateway).first
            }
            #expect(line["settings"].elements.compactMap(\.string) == ["server.body_limit", "journal.keep"])
            #expect(line["level"].string == "warning")
            let batch = "[\(Self.event("1")),\(Self.event("2"))]"
            #expect(try await client.deliver(batch, to: .kiosk).status == 413)
            #expect(try await client.get("/metrics").text.contains("switchboard_settings_awaiting_restart 2\n"))
        }
    }

    @Test("A secret that is rotated in the secrets file is in force after the reload")
    func secretsFile() async throws {
        let settings = GatewayFolder.settings().replacing(GatewayFolder.Secrets.whatsApp, with: "${WHATSAPP_APP_SECRET}")
        try await GatewayFolder.with(settings: settings) { folder in
            try folder.write("WHATSAPP_APP_SECRET=\(GatewayFolder.Secrets.whatsApp)\n", to: "environment")
            // As systemd does, the file's variables are in the gateway's environment too.
            let gateway = try await folder.start(setup: "set -a; . ./environment")
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            try folder.write("WHATSAPP_APP_SECRET=\(Self.nextSecret)\n", to: "environment")
            try await reload(settings, folder, gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 401)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"]), to: Self.whatsApp).accepted == 1)
        }
    }

    @Test("Senders notice nothing of reloads: each message is acknowledged and stored")
    func underLoad() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let client = try GatewayClient(gateway)
            let statuses = try await withThrowingTaskGroup(of: [Int].self) { group in
                for sender in 0..<4 {
                    group.addTask {
                        var statuses: [Int] = []
                        for number in 0..<50 {
                            if number % 10 == sender { gateway.send(signal: SIGHUP) }
                            let body = WhatsAppWebhook.texts(["wamid.\(sender).\(number)"], from: "9198765432\(10 + sender)")
                            statuses.append(try await client.deliver(body).status)
                        }
                        return statuses
                    }
                }
                return try await group.reduce(into: [Int]()) { $0 += $1 }
            }
            #expect(statuses == Array(repeating: 200, count: 200))
            try await waiting(for: "a reload") { Self.lines("the settings were reloaded", gateway).isEmpty ? nil : true }
            #expect(try await gateway.terminate() == 0)
            #expect(try folder.journal.count("SELECT count(*) FROM messages") == 200)
        }
    }

    @Test("Another certificate is served to new connections after the reload, without waiting for the watch")
    func certificate() async throws {
        let settings = GatewayFolder.settings(server: "{ tls: { certificate: first.pem, key: first.key } }")
        try await GatewayFolder.with(settings: settings) { folder in
            let certificates = try await Certificates(in: folder.path)
            for name in ["first", "second"] { try await certificates.issue(name, commonName: name) }
            let gateway = try await folder.start()
            #expect(try await certificates.curl("-v \(gateway.base)/healthz").errors.contains("CN=first"))
            try await reload(settings.replacing("first", with: "second"), folder, gateway)
            #expect(try await certificates.curl("-v \(gateway.base)/healthz").errors.contains("CN=second"))
            #expect(gateway.log.contains("need a restart") == false)
        }
    }

    /// Writes the settings, asks for a reload, and waits until it is done.
    @Test("A reload that is asked for while the gateway starts neither ends it nor is lost")
    func early() async throws {
        try await GatewayFolder.with { folder in
            // The start waits for the settings in a pipe; a reload finds a file in its place.
            let pipe = "\(folder.path)/pipe.yaml"
            #expect(mkfifo(pipe, 0o600) == 0)
            let process = try ChildProcess(
                BuiltProgram.executable, ["serve", "--port", "0", "--config", "pipe.yaml"], in: folder.path, name: "early")
            defer { process.send(signal: SIGKILL) }
            try await waiting(for: "the start to wait") { process.errors.contains("for the pipe") ? () : nil }
            process.send(signal: SIGHUP)
            let writer = try #require(FileHandle(forWritingAtPath: pipe))
            #expect(rename("\(folder.path)/settings.yaml", pipe) == 0)
            try writer.write(contentsOf: Data(GatewayFolder.settings().utf8))
            try writer.close()
            try await waiting(for: "a reload") { process.errors.contains("the settings were reloaded") ? () : process.isRunning ? nil : () }
            #expect(process.isRunning && process.output.contains("Switchboard listens"), "\(process.errors)")
            process.send(signal: SIGTERM)
            #expect(try await process.ended() == .exit(code: 0))
        }
    }

    private func reload(_ settings: String, _ folder: GatewayFolder, _ gateway: GatewayProcess) async throws {
        let before = Self.lines("the settings were reloaded", gateway).count
        try folder.write(settings, to: "settings.yaml")
        gateway.send(signal: SIGHUP)
        try await waiting(for: "a reload") { Self.lines("the settings were reloaded", gateway).count > before ? true : nil }
    }

    private static func lines(_ message: String, _ gateway: GatewayProcess) -> [JSON] {
        gateway.log.split(separator: "\n").compactMap { try? JSON(parsing: Array($0.utf8)) }.filter { $0["message"].string == message }
    }

    private static func event(_ id: String) -> String {
        #"{"specversion":"1.0","id":"\#(id)","source":"/app","type":"message.text","data":{"phone":"+919876543210","text":"Hello"}}"#
    }
}
