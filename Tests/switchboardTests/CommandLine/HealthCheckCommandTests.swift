import Foundation
import SwitchboardTesting
import Testing

@Suite("switchboard healthcheck")
struct HealthCheckCommandTests {
    @Test("It succeeds while the gateway serves and fails once it has stopped, whatever proxy the environment names")
    func alive() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            let check = {
                try await BuiltProgram.run(
                    ["healthcheck", "--config", "settings.yaml", "--port", "\(gateway.port)"], in: folder.path,
                    environment: ["http_proxy": "http://127.0.0.1:1", "HTTP_PROXY": "http://127.0.0.1:1"])
            }
            let alive = try await check()
            #expect(alive.exitCode == 0 && alive.output == "http://127.0.0.1:\(gateway.port)/healthz answered 200\n", "\(alive)")
            try await gateway.terminate()
            let stopped = try await check()
            #expect(stopped.exitCode == 1 && stopped.output.isEmpty, "\(stopped)")
            let reason = "switchboard: http://127.0.0.1:\(gateway.port)/healthz did not answer: unreachable: "
            #expect(stopped.errors.hasPrefix(reason), "\(stopped)")
        }
    }

    @Test("A gateway with TLS is asked by HTTPS, with a certificate that this machine does not trust; one on all addresses by loopback")
    func allAddresses() async throws {
        let server = "{ host: 0.0.0.0, tls: { certificate: server.pem, key: server.key } }"
        try await GatewayFolder.with(settings: GatewayFolder.settings(server: server)) { folder in
            try await Certificates(in: folder.path).issue("server", commonName: "hooks.example")
            let gateway = try await folder.start()
            let outcome = try await folder.run("healthcheck", "--port", "\(gateway.port)")
            #expect(outcome.exitCode == 0 && outcome.output == "https://127.0.0.1:\(gateway.port)/healthz answered 200\n", "\(outcome)")
        }
    }

    @Test("Settings that no gateway could start with do not make the running one unhealthy")
    func changedSettings() async throws {
        try await GatewayFolder.withGateway { folder, gateway in
            try folder.write("server: {}\naccounts: [{ adapter: fax }]\nclients: 1", to: "settings.yaml")
            let outcome = try await folder.run("healthcheck", "--port", "\(gateway.port)")
            #expect(outcome.exitCode == 0, "\(outcome)")
        }
    }

    @Test("An answer that is none by the settings' protocol is a failure")
    func otherProtocol() async throws {
        let settings = GatewayFolder.settings(server: "{ tls: { certificate: server.pem, key: server.key } }")
        try await GatewayFolder.with(settings: settings) { folder in
            try await Certificates(in: folder.path).issue("server", commonName: "hooks.example")
            let gateway = try await folder.start()
            try folder.write(GatewayFolder.settings(), to: "plain.yaml")
            let outcome = try await BuiltProgram.run(
                ["healthcheck", "--config", "plain.yaml", "--port", "\(gateway.port)"], in: folder.path)
            #expect(outcome.exitCode == 1 && outcome.output.isEmpty, "\(outcome)")
        }
    }

    @Test(
        "Without settings that name the gateway's port there is nothing to ask",
        arguments: [("{ port: 0 }", "name it with --port"), ("{ prot: 1 }", "prot")])
    func settings(server: String, reason: String) async throws {
        try await GatewayFolder.with(settings: GatewayFolder.settings(server: server)) { folder in
            let outcome = try await folder.run("healthcheck")
            #expect(outcome.exitCode == 2 && outcome.errors.contains(reason), "\(outcome)")
        }
    }
}
