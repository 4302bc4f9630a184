import Messaging
import Replay
import Signing

/// What a newcomer is told when the gateway listens: where to post, a message to try, where it all goes.
public struct Welcome: Sendable {
    private let settings: Settings
    private let signer: CaptureSigner

    public init(_ settings: Settings) throws {
        self.settings = settings
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        signer = CaptureSigner { adapters[$0, $1] }
    }

    /// The text, for a gateway that listens on `port`; of one that only reads, without what it would answer 503.
    public func text(port: Int, isReadOnly: Bool = false, at now: Instant) -> String {
        let url =
            "\(settings.server.scheme)://\(settings.server.host.contains(":") ? "[\(settings.server.host)]" : settings.server.host):\(port)"
        guard !isReadOnly else {
            return """
                Switchboard listens on \(url)

                It answers questions about the journal alone and stores nothing.

                  session   \(url)/session
                  probes    \(url)/healthz  \(url)/readyz
                  journal   \(settings.journal.path)

                """
        }
        var lines = ["Switchboard listens on \(url)", ""]
        lines += settings.accounts.map { "  webhook   \(url)\($0.path)" }
        lines += ["  sessions  \(url)/session/start", "  probes    \(url)/healthz  \(url)/readyz", "  journal   \(settings.journal.path)"]
        if settings.hasDevelopmentAccounts { lines.append("  secrets   \(DevelopmentAccounts.path(for: settings)) (made for development)") }
        if let command = sampleCommand(to: url, at: now) {
            lines += ["", "Try a signed WhatsApp message:", "", command, ""]
        }
        return lines.joined(separator: "\n")
    }

    /// A signed message, of a WhatsApp account that was made for development: nobody prints what a real account would believe.
    private func sampleCommand(to url: String, at now: Instant) -> String? {
        guard settings.hasDevelopmentAccounts, let account = settings.accounts.first(where: { $0.adapter == "whatsapp-cloud" }) else {
            return nil
        }
        let id = "wamid." + Hex.encode(SecureRandom.bytes(12))
        let body = """
            {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","changes":[{"field":"messages","value":\
            {"messaging_product":"whatsapp","metadata":{"display_phone_number":"15550783881","phone_number_id":"106540352242922"},\
            "contacts":[{"profile":{"name":"Asha"},"wa_id":"919876543210"}],"messages":[{"from":"919876543210","id":"\(id)",\
            "timestamp":"\(now.milliseconds / 1000)","type":"text","text":{"body":"Hello, Switchboard"}}]}}]}]}
            """
        let capture = HTTPCapture(
            method: "POST", target: account.path, headers: [Delivery.Header("content-type", "application/json")], body: Array(body.utf8))
        guard let signed = try? signer.signed(capture, at: now) else { return nil }
        return try? SignedCommand(signed, to: url).description
    }
}
