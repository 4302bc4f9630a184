import Foundation
import SwitchboardTesting
import Testing

@Suite("TLS")
struct TLSTests {
    @Test("It serves HTTPS with TLS 1.2 and 1.3 only, and reloads a certificate without closing connections")
    func reload() async throws {
        try await withGateway { gateway, certificates in
            for version in ["--tls-max 1.2", "--tlsv1.3"] {
                let outcome = try await certificates.curl("\(version) \(gateway.base)/healthz")
                #expect(outcome.output == #"{"status":"ok"}"#)
            }
            #expect(
                try await certificates.curl("--tls-max 1.1 --tlsv1.0 --ciphers DEFAULT@SECLEVEL=0 \(gateway.base)/healthz").exitCode == 35)
            #expect(try await certificates.curl(gateway.base.replacing("https", with: "http")).exitCode != 0)

            // One connection sends a request before the change, and another one long after it.
            async let kept = certificates.curl(
                "-v --rate 12/m \(gateway.base)/healthz \(gateway.base)/readyz -w '%{num_connects}' -o /dev/null -o /dev/null")
            try await waiting(for: "the first of two requests") {
                try await certificates.curl("\(gateway.base)/metrics").output.contains("switchboard_connections 2\n") ? true : nil
            }
            try await certificates.issue("server", commonName: "renewed")
            try await waiting(for: "the renewed certificate") {
                try await certificates.curl("-v \(gateway.base)/healthz").errors.contains("CN=renewed") ? true : nil
            }
            let both = try await kept
            #expect(both.output == "10", "the second request took the first one's connection: \(both.errors)")

            try "no certificate".write(toFile: "\(certificates.folder)/server.pem", atomically: true, encoding: .utf8)
            try await waiting(for: "a line about the certificate") {
                gateway.log.contains("TLS certificate cannot be used: the previous one stays in use") ? true : nil
            }
            #expect(try await certificates.curl("\(gateway.base)/healthz").output == #"{"status":"ok"}"#)
        }
    }

    @Test("An account that requires a certificate accepts only its sender's requests; other accounts require none")
    func clientCertificate() async throws {
        try await withGateway(clientName: "client.webhooks.fbclientcerts.com") { gateway, certificates in
            try await certificates.issue("meta", commonName: "client.webhooks.fbclientcerts.com")
            try await certificates.issue("other", commonName: "somebody.example")
            let strangers = "\(certificates.folder)/strangers"
            try FileManager.default.createDirectory(atPath: strangers, withIntermediateDirectories: true)
            try await Certificates(in: strangers).issue("meta", commonName: "client.webhooks.fbclientcerts.com")
            let post = "-X POST -H 'Content-Type: application/json' -d '{}' \(gateway.base)/webhooks"
            func detail(_ certificate: String, _ path: String) async throws -> String {
                let outcome = try await certificates.curl("\(certificate) \(post)\(path)")
                return outcome.exitCode == 0 ? outcome.output : "curl \(outcome.exitCode)"
            }
            let meta = "/whatsapp-cloud/main"
            #expect(try await detail("--cert meta.pem --key meta.key", meta).contains("x-hub-signature-256"))
            #expect(try await detail("--cert other.pem --key other.key", meta).contains("is not the one of this account's sender"))
            #expect(try await detail("", meta).contains("none such was shown"))
            #expect(try await detail("--cert strangers/meta.pem --key strangers/meta.key", meta).hasPrefix("curl "))
            #expect(try await detail("", "/chat/main").contains("webhook-signature"))
        }
    }

    @Test("If the authorities change, a connection that began before has no valid certificate any more, and is closed")
    func changedAuthorities() async throws {
        try await withGateway(clientName: "client.webhooks.fbclientcerts.com") { gateway, certificates in
            try await certificates.issue("meta", commonName: "client.webhooks.fbclientcerts.com")
            let request =
                "POST /webhooks/whatsapp-cloud/main HTTP/1.1\\r\\nHost: a\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{}"
            let port = try #require(gateway.base.split(separator: ":").last)
            async let connection = BuiltProgram.shell(
                """
                cd '\(certificates.folder)'
                { printf '\(request)'; until [ -e changed ]; do sleep 0.05; done; printf '\(request)'; until [ -e over ]; do sleep 0.05; done; } |
                    { openssl s_client -quiet -connect 127.0.0.1:\(port) -CAfile ca.pem -cert meta.pem -key meta.key >answers; touch over; }
                cat answers
                """)
            let answers = "\(certificates.folder)/answers"
            func answered(with text: String) -> Bool? {
                (try? String(contentsOfFile: answers, encoding: .utf8))?.contains(text) == true ? true : nil
            }
            try await waiting(for: "the first answer") { answered(with: "x-hub-signature-256") }
            let others = "\(certificates.folder)/others"
            try FileManager.default.createDirectory(atPath: others, withIntermediateDirectories: true)
            _ = try await Certificates(in: others)
            #expect(rename("\(others)/ca.pem", "\(certificates.folder)/ca.pem") == 0)
            try await waiting(for: "the new authorities") { gateway.log.contains("TLS certificate was reloaded") ? true : nil }
            #expect(FileManager.default.createFile(atPath: "\(certificates.folder)/changed", contents: nil))
            let both = try await connection
            #expect(both.output.components(separatedBy: "HTTP/1.1 401 Unauthorized").count == 3, "\(both)")
            #expect(both.output.contains("have changed since this connection began"), "\(both)")
        }
    }

    @Test("A TLS handshake that is not completed is cut off at the header's deadline")
    func handshake() async throws {
        try await withGateway(server: "header_timeout: 1s, idle_timeout: 10m, body_timeout: 10m") { gateway, _ in
            for start in ["", "\u{16}\u{3}\u{1}"] {
                let connection = try RawConnection(to: gateway)
                connection.write(start)
                #expect(try await connection.readToEnd() == "")
            }
        }
    }

    @Test("Missing files stop the start and are named")
    func missingFile() async throws {
        let settings = GatewayFolder.settings(server: "{ tls: { certificate: none.pem, key: none.key } }")
        try await GatewayFolder.with(settings: settings) { folder in
            let outcome = try await folder.run("serve", "--port", "0")
            #expect(outcome.exitCode == 2)
            #expect(outcome.errors.contains("none.pem: there is no such file"))
        }
    }

    @Test("A certificate that becomes a pipe is refused, the next file is read, and the gateway stops normally")
    func pipe() async throws {
        try await withGateway { gateway, certificates in
            let path = "\(certificates.folder)/server.pem"
            try FileManager.default.removeItem(atPath: path)
            #expect(mkfifo(path, 0o600) == 0)
            try await waiting(for: "a line about the pipe") { gateway.log.contains("server.pem: is not a regular file") ? true : nil }
            try FileManager.default.removeItem(atPath: path)
            try await certificates.issue("server", commonName: "renewed")
            try await waiting(for: "the renewed certificate") {
                try await certificates.curl("-v \(gateway.base)/healthz").errors.contains("CN=renewed") ? true : nil
            }
            #expect(try await gateway.terminate() == 0)
        }
    }

    @Test("A pipe or a device stops the start and is named", arguments: ["certificate", "key", "client_ca"])
    func noFile(key: String) async throws {
        let settings = GatewayFolder.settings(
            server: "{ tls: { certificate: server.pem, key: server.key }, client_ca: ca.pem }")
        try await GatewayFolder.with(settings: settings) { folder in
            let certificates = try await Certificates(in: folder.path)
            try await certificates.issue("server", commonName: "first")
            let name = ["certificate": "server.pem", "key": "server.key", "client_ca": "ca.pem"][key] ?? ""
            try FileManager.default.removeItem(atPath: "\(folder.path)/\(name)")
            try FileManager.default.createSymbolicLink(atPath: "\(folder.path)/\(name)", withDestinationPath: "/dev/zero")
            let outcome = try await folder.run("serve", "--port", "0")
            #expect(outcome.exitCode == 2)
            #expect(outcome.errors.contains("\(name): is not a regular file"), "\(outcome.errors)")
        }
    }

    private func withGateway(
        server: String = "", clientName: String? = nil, _ test: (GatewayProcess, Certificates) async throws -> Void
    ) async throws {
        let tls =
            "{ tls: { certificate: server.pem, key: server.key }\(clientName == nil ? "" : ", client_ca: ca.pem")\(server.isEmpty ? "" : ", ")\(server) }"
        var settings = GatewayFolder.settings(server: tls)
        if let clientName {
            settings = settings.replacing("verify_token:", with: "client_name: \(clientName), verify_token:")
        }
        try await GatewayFolder.with(settings: settings) { folder in
            let certificates = try await Certificates(in: folder.path)
            try await certificates.issue("server", commonName: "first")
            try await test(folder.start(), certificates)
        }
    }
}
