import Messaging
import Operations
import Receiver
import Supabase

/// Finds weak secrets in the settings.
struct SecretRules {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    /// One finding per weak secret; only a warning if the gateway cannot be reached from other machines.
    var findings: [Finding] {
        let accounts = settings.accounts.flatMap { account in
            account.secrets.map { ("a secret of \(account.path)", $0, advice(for: account), SecretLength.own) }
                + (account.verifyToken.map { [("the verify token of \(account.path)", $0, Self.drawn, SecretLength.given)] } ?? [])
        }
        let own =
            settings.clients.flatMap { client in
                client.keys.map { ("the key of the client \(client.name)", $0, Self.drawn, SecretLength.own) }
            }
            + settings.operators.flatMap { holder in
                holder.tokens.map { ("the token of the operator \(holder.name)", $0, Self.drawn, SecretLength.own) }
            }
        let weak = (accounts + own).compactMap { holder, secret, advice, shortest in
            SecretStrength.weakness(of: secret, shortest: shortest).map {
                Finding(level, "settings.secrets", "\(holder) \($0)", advice: advice)
            }
        }
        return weak + placeholders
    }

    /// Values that are still the documents' placeholders.
    private var placeholders: [Finding] {
        let supabase = settings.supabase
        let values = [
            ("supabase.url", supabase.url, ["PROJECT"]), ("supabase.service_role_key", supabase.serviceRoleKey?.revealed, ["...", "…"]),
            ("supabase.db_url", supabase.dbURL?.revealed, ["PROJECT", ":PASSWORD@", "-REGION."]),
        ]
        return values.compactMap { key, value, marks in
            guard let value, marks.contains(where: value.contains) else { return nil }
            return Finding(
                .fail, "settings.secrets", "\(key) contains a placeholder from the documentation",
                advice: "use the value that the project's dashboard shows")
        }
    }

    private func advice(for account: Account) -> String {
        AdapterRegistry.shipped.traits(of: account.adapter)?.sender == .client
            ? #"generate one: echo "whsec_$(openssl rand -base64 32)", and give it to the sender"#
            : "use the one that the provider shows, or generate a new one there"
    }

    private static let drawn = "generate one: openssl rand -hex 32"

    private var level: Finding.Level { settings.isForThisMachineAlone ? .warn : .fail }
}
