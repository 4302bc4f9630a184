import Messaging
import Replay
import Supabase

/// The text printed for new users when the gateway listens: its addresses, a message to try, and where data is stored.
public struct StartupBanner: Sendable {
    private let settings: Settings
    private let signer: CaptureSigner

    public init(_ settings: Settings) throws {
        self.settings = settings
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        signer = CaptureSigner { adapters[$0, $1] }
    }

    /// The text for a gateway that listens on `port`; if it only reads, without the routes that it would answer with 503. With
    /// `showsSecrets` it contains the token and the signature that were made for development.
    public func text(port: Int, isReadOnly: Bool = false, showsSecrets: Bool = true, at now: Instant) -> String {
        let url = settings.server.url(port: port)
        guard !isReadOnly else {
            return """
                Switchboard listens on \(url)

                It is read-only: it answers from the journal, and stores nothing.

                  session   \(url)/session
                \(settings.operators.isEmpty ? "" : "  events    \(url)/events\n  console   \(url)/console\n")\
                  probes    \(url)/healthz  \(url)/readyz
                  journal   \(settings.journal.path)

                """
        }
        var lines = ["Switchboard listens on \(url)", ""]
        lines += settings.accounts.map { "  webhook   \(url)\($0.path)" }
        lines += ["  sessions  \(url)/session/start", "  probes    \(url)/healthz  \(url)/readyz", "  journal   \(settings.journal.path)"]
        lines += events(at: url, showsToken: showsSecrets) + console(at: url, showsToken: showsSecrets)
        if settings.hasDevelopmentAccounts { lines.append("  secrets   \(DevelopmentAccounts.path(for: settings)) (made for development)") }
        if settings.server.misses(port: port) {
            let named = MaskedURL.text(settings.server.publicURL)
            lines += ["", "According to the settings, sign and replay post to \(named): give them --to \(url), or set server.port."]
        }
        if showsSecrets { lines += sample(to: url, at: now) }
        return lines.joined(separator: "\n")
    }

    /// How to follow the events, if there are operators, with the token of the one made for development; of others none is shown.
    private func events(at url: String, showsToken: Bool) -> [String] {
        guard !settings.operators.isEmpty else { return [] }
        guard showsToken, settings.hasDevelopmentOperator, let token = settings.operators.first?.tokens.first else {
            return ["  events    \(url)/events"]
        }
        return ["  events    curl -N -H 'Authorization: Bearer \(token.revealed)' \(url)/events"]
    }

    /// Where the console is, if there are operators, and the token of the one made for development.
    private func console(at url: String, showsToken: Bool) -> [String] {
        guard let first = settings.operators.first else { return [] }
        let line = "  console   \(url)/console"
        guard showsToken, settings.hasDevelopmentOperator, let token = first.tokens.first else { return [line] }
        return [line, "  token     \(token.revealed) (made for development, to sign in to the console)"]
    }

    /// A signed message, only for development accounts, since a signature of a real account would be valid. It is dated at the start;
    /// `switchboard sign --sample` prints one with the current time.
    private func sample(to url: String, at now: Instant) -> [String] {
        guard settings.hasDevelopmentAccounts, let sample = Sample(for: settings, at: now),
            let signed = try? signer.signed(sample.capture, at: now), let command = try? SignedCommand(signed, to: url)
        else { return [] }
        return ["", "Try a signed \(sample.name):", "", command.description, ""]
    }
}
