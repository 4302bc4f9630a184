import Foundation
import HTTPTransport
import JSON
import Messaging
import SwitchboardTesting
import Testing

@Suite("The verbs accounts, secret and reload")
struct AccountsCommandTests {
    private static let settings = """
        # The gateway of the lobby.
        journal: { path: journal.sqlite, min_free_space: 1MiB }
        accounts:
          - { adapter: kiosk, name: lobby, secrets: ["\(GatewayFolder.Secrets.kiosk)"] } # its kiosk
        """

    @Test("An account that is added works after a reload, with the secret from the secrets file, and the comments stay")
    func add() async throws {
        try await GatewayFolder.with(settings: Self.settings) { folder in
            let gateway = try await folder.start()
            let client = try GatewayClient(gateway)
            try folder.write("OTHER=1", to: "environment")
            chmod("\(folder.path)/settings.yaml", 0o640)
            let added = try await folder.run("accounts", "add", "kiosk", "hall")
            #expect(added.exitCode == 0, "\(added)")
            #expect(added.output.contains("/webhooks/kiosk/hall"))
            let text = String(decoding: try folder.bytes(of: "settings.yaml"), as: UTF8.self)
            #expect(text.hasPrefix(Self.settings))
            let variables = String(decoding: try folder.bytes(of: "environment"), as: UTF8.self)
            let secret = try #require(variables.firstMatch(of: /OTHER=1\nKIOSK_HALL_SECRET=(whsec_\S+)\n/)).output.1
            #expect(!added.output.contains(secret))
            let mode = try FileManager.default.attributesOfItem(atPath: "\(folder.path)/settings.yaml")[.posixPermissions] as? Int
            #expect(mode == 0o640)
            let reload = try await folder.run("reload", "--pid", "\(gateway.id)")
            #expect(reload.exitCode == 0, "\(reload)")
            try await waiting(for: "the reload") { gateway.log.contains("the settings were reloaded") ? true : nil }
            let hall = Account(adapter: "kiosk", name: "hall", secrets: [Secret(String(secret))])
            let event =
                #"{"specversion":"1.0","id":"1","source":"/app","type":"message.text","data":{"phone":"+919876543210","text":"Hello"}}"#
            #expect(try await client.deliver(event, to: hall).accepted == 1)
            let list = try await folder.run("accounts", "list", "--json")
            #expect(
                list.output.split(separator: "\n").compactMap { try? JSON(parsing: Array($0.utf8))["name"].string } == ["lobby", "hall"])
            #expect(!list.output.contains(secret))
            let again = try await folder.run("accounts", "add", "kiosk", "hall")
            #expect(again.exitCode == 2 && again.errors.contains("there is already an account kiosk/hall; nothing was changed"))
        }
    }

    @Test("With --print nothing is changed, and a list in brackets is no obstacle")
    func printed() async throws {
        try await GatewayFolder.with(settings: "accounts: [{ adapter: kiosk, name: a, secrets: [\(GatewayFolder.Secrets.kiosk)] }]") {
            folder in
            let before = try folder.bytes(of: "settings.yaml")
            let refused = try await folder.run("accounts", "add", "twilio", "main")
            #expect(refused.exitCode == 2 && refused.errors.contains("--print"), "\(refused)")
            let outcome = try await folder.run("accounts", "add", "whatsapp-cloud", "main", "--print")
            #expect(outcome.exitCode == 0)
            #expect(
                outcome.output.contains("  WHATSAPP_CLOUD_MAIN_SECRET=\n") && outcome.output.contains("  WHATSAPP_CLOUD_MAIN_VERIFY_TOKEN=")
            )
            #expect(outcome.output.contains("  { adapter: whatsapp-cloud, name: main, secrets: [\"${WHATSAPP_CLOUD_MAIN_SECRET}\"]"))
            #expect(outcome.output.contains("in Meta's app dashboard under App settings, Basic"))
            #expect(outcome.errors.contains("server.public_url is not set"))
            #expect(try folder.bytes(of: "settings.yaml") == before)
            #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/.env"))
        }
    }

    @Test("A provider's account waits for its secret: until it is filled in, a reload is refused, and the token of the handshake is random")
    func provider() async throws {
        try await GatewayFolder.with(settings: Self.settings.replacing("# The gateway", with: "server: {} # The gateway")) { folder in
            let gateway = try await folder.start()
            try folder.write("A=1\r\n", to: ".env")
            chmod("\(folder.path)/.env", 0o644)
            let added = try await folder.run("accounts", "add", "whatsapp-cloud", "main")
            #expect(added.exitCode == 0, "\(added)")
            #expect(added.errors.contains("warning: server.public_url is not set: the provider cannot reach http://127.0.0.1:8000"))
            #expect(added.errors.contains("can read the secrets in it (mode 0644): chmod 600"))
            #expect(added.output.contains("\(folder.path)/.env"))
            let variables = String(decoding: try folder.bytes(of: ".env"), as: UTF8.self)
            let expected =
                #/A=1\r\n# the app secret.*Required\.\r\nWHATSAPP_CLOUD_MAIN_SECRET=\r\nWHATSAPP_CLOUD_MAIN_VERIFY_TOKEN=[0-9a-f]{32}\r\n/#
            #expect(variables.prefixMatch(of: expected.matchingSemantics(.unicodeScalar)) != nil, "\(variables)")
            #expect(variables.hasSuffix("\r\nWHATSAPP_CLOUD_MAIN_GRAPH_TOKEN=\r\n"))
            let refused = try await folder.run("reload", "--pid", "\(gateway.id)")
            #expect(refused.exitCode == 2 && refused.errors.contains("WHATSAPP_CLOUD_MAIN_SECRET is empty"), "\(refused)")
            let doctor = try await folder.run("doctor")
            #expect(doctor.exitCode == 1 && doctor.output.hasPrefix("ok    settings.file  \(folder.path)/settings.yaml\n"), "\(doctor)")
            #expect(doctor.output.contains("set WHATSAPP_CLOUD_MAIN_SECRET in the environment or in .env: the app secret, in Meta's"))
            try folder.write(
                variables.replacing("SECRET=\r\n", with: "SECRET=\(GatewayFolder.Secrets.whatsApp)\r\n"), to: ".env")
            #expect(try await folder.run("reload", "--pid", "\(gateway.id)").exitCode == 0)
            try await waiting(for: "the reload") { gateway.log.contains("the settings were reloaded") ? true : nil }
            #expect(try await GatewayClient(gateway).deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
        }
    }

    @Test("Accounts that are added at once are all added, each with its variable")
    func atOnce() async throws {
        try await GatewayFolder.with(settings: Self.settings) { folder in
            try folder.write("OTHER=1\n", to: "environment")
            let names = (1...8).map { "hall-\($0)" }
            try await withThrowingTaskGroup(of: BuiltProgram.Outcome.self) { group in
                for name in names { group.addTask { try await folder.run("accounts", "add", "kiosk", name) } }
                for try await outcome in group { #expect(outcome.exitCode == 0, "\(outcome)") }
            }
            let list = try await folder.run("accounts", "list", "--json")
            #expect(
                Set(list.output.split(separator: "\n").compactMap { try? JSON(parsing: Array($0.utf8))["name"].string })
                    == Set(names + ["lobby"]), "\(list)")
            let lines = String(decoding: try folder.bytes(of: "environment"), as: UTF8.self).split(separator: "\n")
            #expect(lines.count == 9 && Set(lines.map { $0.prefix { $0 != "=" } }).count == 9)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder.path)
            #expect(Set(files).subtracting(["settings.yaml", "environment"]) == [])
        }
    }

    @Test("The first account ends those for development: the verb says so before, and the gateway's log at the reload")
    func development() async throws {
        try await GatewayFolder.with(settings: "journal: { path: journal.sqlite, min_free_space: 1MiB }\naccounts: []\n") { folder in
            let gateway = try await folder.start()
            let client = try GatewayClient(gateway)
            let none = try await folder.run("accounts", "list")
            #expect(
                none.errors.contains("has no accounts, so those for development are used") && none.output.contains("/webhooks/chat/main"))
            let token = try #require(
                String(decoding: try folder.bytes(of: "development.yaml"), as: UTF8.self).firstMatch(of: /operators:[^$]* token: "(\w+)"/)
            ).1
            let findings = try await client.getAsOperator("/admin/doctor", token: String(token)).text
            #expect(findings.contains("none in the settings; the development accounts in"), "\(findings)")
            let added = try await folder.run("accounts", "add", "kiosk", "hall")
            #expect(added.exitCode == 0 && added.errors.contains("/webhooks/chat/main"), "\(added)")
            #expect(added.errors.contains("The operator “development” no longer exists either"))
            #expect(try await folder.run("reload", "--pid", "\(gateway.id)").exitCode == 0)
            let warning = "accounts for development are no longer in use, since the settings have accounts"
            let line = try await waiting(for: "the warning") {
                gateway.log.split(separator: "\n").lazy.compactMap { try? JSON(parsing: Array($0.utf8)) }
                    .first { $0["message"].string == warning }
            }
            #expect(line["level"].string == "warning")
            #expect(line["accounts.unused"].elements.compactMap(\.string).contains("/webhooks/chat/main"))
            #expect(line["operators.unused"].elements.compactMap(\.string) == ["development"])
            let console = try await client.get("/console")
            #expect(console.status == 404 && console.text.contains("switchboard secret new --kind operator"))
        }
    }

    @Test("Without accounts, the list says so and how to add one; a reload warns")
    func none() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            try folder.write("journal: { path: journal.sqlite }\naccounts: []\n", to: "settings.yaml")
            let list = try await folder.run("accounts", "list")
            #expect(list.exitCode == 0 && list.output.isEmpty)
            #expect(
                list.errors
                    == "switchboard: settings.yaml has no accounts; to add one: switchboard accounts add ADAPTER NAME, such as whatsapp-cloud main\n"
            )
            let reload = try await folder.run("reload", "--pid", "\(gateway.id)")
            #expect(reload.exitCode == 0, "\(reload)")
            #expect(reload.errors.contains("has no accounts: a gateway that has accounts of its own refuses this reload"), "\(reload)")
            try await waiting(for: "the refusal") { gateway.log.contains("the changed settings cannot be used") ? true : nil }
        }
    }

    @Test("An unknown adapter and a name that no path may have are usage errors", arguments: [["fax", "main"], ["kiosk", "Über"]])
    func usage(arguments: [String]) async throws {
        let outcome = try await BuiltProgram.run(["accounts", "add"] + arguments)
        #expect(outcome.exitCode == 64, "\(outcome)")
    }

    @Test("A new secret is printed alone, or with its digest for a client and an operator")
    func secret() async throws {
        let signing = try await BuiltProgram.run(["secret", "new"])
        #expect(signing.output.wholeMatch(of: /whsec_[A-Za-z0-9+\/=]{44}\n/) != nil)
        for kind in ["client", "operator"] {
            let outcome = try await BuiltProgram.run(["secret", "new", "--kind", kind])
            #expect(outcome.output.wholeMatch(of: /[0-9a-f]{64}\nsha256:[0-9a-f]{64}\n/) != nil, "\(outcome)")
        }
        #expect(try await BuiltProgram.run(["secret", "new", "--kind", "fax"]).exitCode == 64)
    }

    @Test("A process that is no gateway gets no signal, which would end it: its number may have been a gateway's before")
    func otherProgram() async throws {
        try await GatewayFolder.with { folder in
            let other = try Self.sleeper()
            defer {
                // The thread that started it may block all other signals, and the process inherits that.
                kill(other, SIGKILL)
                waitpid(other, nil, 0)
            }
            let reload = try await folder.run("reload", "--pid", "\(other)")
            #expect(reload.exitCode == 75 && reload.output.isEmpty, "\(reload)")
            #expect(reload.errors == "switchboard: the process \(other) is no gateway but “sleep”: it was left alone\n")
            let ended = waitpid(other, nil, WNOHANG)
            #expect(ended == 0)
            // In a container the gateway is the first process; here it is another program.
            let first = try await folder.run("reload", "--pid", "1")
            #expect(first.exitCode == 75 && first.errors.contains("the process 1 is no gateway but"), "\(first)")
        }
    }

    /// A process that is no gateway and has none of this one's files, so that nobody waits for their end.
    private static func sleeper() throws -> pid_t {
        var files = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&files)
        defer { posix_spawn_file_actions_destroy(&files) }
        for descriptor in Int32(0)..<1024 { posix_spawn_file_actions_addclose(&files, descriptor) }
        let arguments = ["sleep", "600"].map { (text: String) -> UnsafeMutablePointer<CChar>? in strdup(text) }
        defer { for argument in arguments { free(argument) } }
        var id: pid_t = 0
        let failure = posix_spawn(&id, "/bin/sleep", &files, nil, arguments + [nil], nil)
        try #require(failure == 0)
        return id
    }

    @Test("A reload with wrong settings prints all problems and leaves the gateway alone; one without a gateway says so")
    func reload() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            try folder.write("server: { prot: 1 }\nlog: { level: loud }\n", to: "settings.yaml")
            let wrong = try await folder.run("reload", "--pid", "\(gateway.id)")
            #expect(wrong.exitCode == 2)
            #expect(wrong.errors.contains("server.prot") && wrong.errors.contains("log.level"))
            try folder.write(GatewayFolder.settings(), to: "settings.yaml")
            #expect(try await folder.run("reload", "--pid", "\(Int32.max)").exitCode == 75)
            #expect(try await folder.run("reload").exitCode == 64)
            #expect(try await gateway.terminate() == 0)
            #expect(!gateway.log.contains("changed settings"))
        }
    }

    @Test("The reload of a unit hands its variables over to the gateway, whose own are those of its start")
    func unit() async throws {
        let settings = GatewayFolder.settings().replacing(GatewayFolder.Secrets.whatsApp, with: "${WHATSAPP_APP_SECRET}")
        try await GatewayFolder.with(settings: settings) { folder in
            let run = ["RUNTIME_DIRECTORY": folder.path, "CONFIGURATION_DIRECTORY": "/nowhere"]
            // No file has the variable: the gateway's user may not read the unit's.
            let exports = run.merging(["WHATSAPP_APP_SECRET": GatewayFolder.Secrets.whatsApp]) { one, _ in one }
            let setup = exports.map { "export \($0.key)='\($0.value)'" }.joined(separator: "; ")
            try FileManager.default.createDirectory(atPath: "\(folder.path)/etc", withIntermediateDirectories: true)
            try FileManager.default.moveItem(atPath: "\(folder.path)/settings.yaml", toPath: "\(folder.path)/etc/settings.yaml")
            let gateway = try await folder.start(withSettings: false, arguments: ["--config", "etc/settings.yaml"], setup: setup)
            let client = try GatewayClient(gateway)
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.1"])).accepted == 1)
            let fresh = "2b1f9f5a4d6e7c8091a2b3c4d5e6f708"
            let environment = run.merging(["WHATSAPP_APP_SECRET": fresh, "MAINPID": "\(gateway.id)"]) { one, _ in one }
            let reload = try await BuiltProgram.run(
                ["reload", "--config", "etc/settings.yaml"], in: folder.path, environment: environment)
            #expect(reload.exitCode == 0, "\(reload)")
            try await waiting(for: "the reload") { gateway.log.contains("the settings were reloaded") ? true : nil }
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"])).status == 401)
            let rotated = Account(adapter: "whatsapp-cloud", name: "main", secrets: [Secret(fresh)])
            #expect(try await client.deliver(WhatsAppWebhook.texts(["wamid.2"]), to: rotated).accepted == 1)
        }
    }
}
