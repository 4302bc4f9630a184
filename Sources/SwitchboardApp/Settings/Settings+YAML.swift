import Foundation
import Logging
import Messaging
import Receiver
import Supabase

extension Settings {
    /// The settings in force as YAML with the keys of Config/switchboard.yaml. Secrets are shown as `•••`; durations are in seconds, sizes
    /// in bytes.
    public var maskedYAML: String {
        var text = MaskedYAML()
        write(serverTo: &text)
        write(journalAndSessionTo: &text)
        text.list("accounts", accounts.map(members))
        text.list("clients", clients.map { [("name", $0.name), ("key", MaskedYAML.secret)] })
        text.list("operators", operators.map { [("name", $0.name), ("token", MaskedYAML.secret)] })
        text.section("supabase")
        text.add("url", supabase.url.map { MaskedURL.text($0) } ?? "")
        text.add("service_role_key", supabase.serviceRoleKey == nil ? "" : MaskedYAML.secret)
        text.add("db_url", supabase.dbURL == nil ? "" : MaskedYAML.secret)
        text.add("schema", "\(supabase.schema)")
        text.add("write", "\(supabase.write)")
        text.add("lookup_timeout", supabase.lookupTimeout)
        text.add("batch_size", "\(supabase.batchSize)")
        text.add("calls_in_flight", "\(supabase.callsInFlight)")
        text.section("tracing")
        text.add("endpoint", tracing.endpoint.map { MaskedURL.text($0) } ?? "")
        text.add("sample_ratio", "\(tracing.sampleRatio)")
        text.add("headers", "{ \(tracing.headers.map { "\($0.name): \(MaskedYAML.secret)" }.joined(separator: ", ")) }")
        text.section("log")
        text.add("level", log.level.rawValue)
        text.add("format", log.format.rawValue)
        text.add("buffer", "\(log.buffer)")
        return text.text
    }

    private func members(of account: Account) -> [(String, String)] {
        let secrets = Array(repeating: MaskedYAML.secret, count: account.secrets.count).joined(separator: ", ")
        var members = [("adapter", account.adapter.rawValue), ("name", account.name.rawValue), ("secrets", "[\(secrets)]")]
        members.append(("verify_token", account.verifyToken == nil ? "" : MaskedYAML.secret))
        members.append(("secret_header", account.secretHeader ?? ""))
        members.append(("portfolio", account.portfolio ?? ""))
        members.append(("public_url", account.publicURL))
        members.append(("default_region", account.defaultRegion))
        members.append(("client_name", account.clientName ?? ""))
        members.append(("rate", account.rate.map { "\($0)" } ?? ""))
        members.append(("accepts_session_tokens", account.acceptsSessionTokens.map { "\($0)" } ?? ""))
        return members
    }

    private func write(serverTo text: inout MaskedYAML) {
        text.section("server")
        text.add("host", server.host)
        text.add("port", "\(server.port)")
        text.add("public_url", server.publicURL)
        text.add("body_limit", "\(server.bodyLimit)")
        text.add("batch_limit", "\(server.batchLimit)")
        text.add("header_timeout", server.headerTimeout)
        text.add("body_timeout", server.bodyTimeout)
        text.add("idle_timeout", server.idleTimeout)
        text.add("write_timeout", server.writeTimeout)
        text.add("max_connections", "\(server.maxConnections)")
        text.add("connections_per_address", "\(server.connectionsPerAddress)")
        text.add("body_memory", "\(server.bodyMemory)")
        text.add("address_rate", "\(server.addressRate)")
        text.add("account_rate", "\(server.accountRate)")
        text.add("event_streams", "\(server.eventStreams)")
        text.add("trusted_proxies", "[\(server.trustedProxies.map { "\($0)" }.joined(separator: ", "))]")
        text.add("proxy_header", server.proxyHeader.rawValue)
        if let authorities = server.tls?.clientAuthorities { text.add("client_ca", authorities) }
        text.add("tls", server.tls.map { "{ certificate: \($0.certificate), key: \($0.key) }" } ?? "{}")
        text.add("event_loops", "\(server.eventLoops)")
    }

    private func write(journalAndSessionTo text: inout MaskedYAML) {
        text.section("journal")
        text.add("path", journal.path)
        text.add("keep", journal.keep)
        text.add("compress_after", journal.compressAfter)
        text.add("max_size", "\(journal.maxSize)")
        text.add("keep_dead_letters", journal.keepDeadLetters)
        text.add("max_dead_letters", "\(journal.maxDeadLetters)")
        text.add("keep_refused", "\(journal.keepRefused)")
        text.add("max_log", "\(journal.maxLog)")
        text.add("key_memory", "\(journal.keyMemory)")
        text.add("min_free_space", "\(journal.minimumFreeSpace)")
        text.section("session")
        text.add("idle_timeout", session.idleTimeout)
        let timeouts = session.idleTimeouts.sorted { $0.key.rawValue < $1.key.rawValue }
        text.add("idle_timeouts", "{ \(timeouts.map { "\($0.key.rawValue): \($0.value.components.seconds)s" }.joined(separator: ", ")) }")
        text.add("default_region", session.defaultRegion)
        text.add("channels", "[\(session.channels.map(\.rawValue).joined(separator: ", "))]")
    }
}

/// Two levels of YAML, in which every value has been checked before.
private struct MaskedYAML {
    private(set) var text = ""

    static let secret = "•••"

    mutating func section(_ name: String) { text += "\(name):\n" }

    mutating func add(_ name: String, _ value: String) { text += "  \(name): \(Self.scalar(value))\n" }

    mutating func add(_ name: String, _ value: Duration) {
        add(name, "\(Double(value.wholeMilliseconds) / 1000)s".replacing(".0s", with: "s"))
    }

    mutating func list(_ name: String, _ entries: [[(String, String)]]) {
        guard !entries.isEmpty else { return text += "\(name): []\n" }
        text += "\(name):\n"
        for entry in entries {
            let members = entry.filter { !$0.1.isEmpty }.map { "\($0.0): \(Self.scalar($0.1))" }
            text += "  - { \(members.joined(separator: ", ")) }\n"
        }
    }

    /// A value in quotation marks, if it could mean something else in YAML without them.
    private static func scalar(_ value: String) -> String {
        let isPlain = !value.isEmpty && value.allSatisfy { $0.isLetter || $0.isNumber || "._-/•".contains($0) }
        let isFlow = value.hasPrefix("[") || value.hasPrefix("{")
        return isPlain || isFlow ? value : "\"\(value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\""))\""
    }
}
