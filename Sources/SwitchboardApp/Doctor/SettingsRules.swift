import Foundation
import Messaging
import Receiver
import Supabase

/// The findings about readable settings.
struct SettingsRules {
    private let settings: Settings
    private let places: SettingsPlaces

    /// `places` are where settings are looked for.
    init(_ settings: Settings, places: SettingsPlaces = .current) {
        self.settings = settings
        self.places = places
    }

    var findings: [Finding] {
        [source] + SettingsFileRules(settings).findings + notes + accounts + [clients]
            + (settings.accounts.isEmpty ? [] : [operators]) + SecretRules(settings).findings + [publicURL] + (tls.map { [$0] } ?? [])
    }

    private var notes: [Finding] {
        settings.notes.map {
            Finding(
                .warn, "settings.values", $0.description, advice: "correct the value in the file or in the variable")
        }
    }

    private var source: Finding {
        settings.file.map { Finding(.ok, "settings.file", URL(fileURLWithPath: $0).path) }
            ?? Finding(
                .warn, "settings.file",
                "no file in \(places.settings.joined(separator: " or ")): the defaults apply",
                advice: "name one with --config, or create \(SettingsPlaces.ofWorkingDirectory)")
    }

    private var accounts: [Finding] {
        guard !settings.accounts.isEmpty else {
            // The accounts that an earlier start created may be unreadable.
            do throws(SettingsError) { return [noAccounts(found: try DevelopmentAccounts.found(for: settings).accounts)] } catch {
                return error.findings
            }
        }
        // The settings of a running gateway have the accounts for development in them.
        guard !settings.hasDevelopmentAccounts else { return [noAccounts(found: settings.accounts)] }
        return [Finding(.ok, "settings.accounts", settings.accounts.map(\.path).joined(separator: ", "))]
    }

    /// Of settings without accounts, which an installed gateway is not meant to have. `found` are the development accounts that an earlier
    /// start created.
    private func noAccounts(found: [Account]) -> Finding {
        guard settings.server.isLoopback else {
            return Finding(
                .fail, "settings.accounts", "none, but other machines can reach \(settings.server.host)",
                advice: "configure at least one account with its secrets, or listen on 127.0.0.1")
        }
        let path = DevelopmentAccounts.path(for: settings)
        let message =
            found.isEmpty
            ? "none in the settings; `serve` creates development accounts in \(path)"
            : "none in the settings; the development accounts in \(path) are used: \(found.map(\.path).joined(separator: ", "))"
        return Finding(
            settings.file.map(places.isInstalled) == true ? .fail : .warn, "settings.accounts", message,
            advice: "list the accounts with their secrets before others send to this gateway")
    }

    private var clients: Finding {
        guard settings.clients.isEmpty else {
            return Finding(.ok, "settings.clients", settings.clients.map(\.name).joined(separator: ", "))
        }
        let who = settings.server.isLoopback ? "anyone on this machine may start sessions" : "nobody may start sessions"
        return Finding(.warn, "settings.clients", "none: \(who)", advice: "give each client a name and a key under `clients`")
    }

    /// Of settings with accounts; others get an operator for development.
    private var operators: Finding {
        let names = settings.operators.map(\.name).joined(separator: ", ")
        return Finding(.ok, "settings.operators", names.isEmpty ? "none: nobody can use /events, /admin and the console" : names)
    }

    /// Nil without TLS.
    private var tls: Finding? {
        guard let files = settings.server.tls else { return nil }
        do throws(TLSError) {
            let end = try TLSIdentity(files).expiresAt
            let days = end.since(.now).wholeMilliseconds / 86_400_000
            return days >= 14
                ? Finding(.ok, "settings.tls", "\(files.certificate), valid until \(end)")
                : Finding(
                    days >= 0 ? .warn : .fail, "settings.tls", "\(files.certificate) is valid until \(end) only",
                    advice: "renew it; the gateway loads the new one within seconds")
        } catch {
            return Finding(
                .fail, "settings.tls", "\(error)", advice: "set server.tls.certificate and key to PEM files that belong together")
        }
    }

    private var publicURL: Finding {
        let url = MaskedURL.text(settings.server.publicURL)
        guard !settings.server.publicURLMissesServer else {
            return Finding(
                .warn, "settings.public_url",
                "\(url) is this machine, where the server listens on \(settings.server.ownURL): sign and replay would post to another server",
                advice: "leave server.public_url out: it follows server.host and server.port")
        }
        guard !settings.server.isLoopback || !settings.server.isPublicURLLoopback else {
            return Finding(.ok, "settings.public_url", "\(url), reachable only from this machine")
        }
        guard !url.contains("0.0.0.0"), !url.contains("[::]") else {
            return Finding(
                .warn, "settings.public_url", "\(url) is not an address that others can use",
                advice: "set server.public_url to the https:// address that providers post to")
        }
        return url.hasPrefix("https://")
            ? Finding(.ok, "settings.public_url", url)
            : Finding(
                .warn, "settings.public_url", "\(url) is not https",
                advice: "set server.tls, or put a proxy with TLS before it: providers refuse plain http")
    }
}
