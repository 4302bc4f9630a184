import Messaging
import Receiver
import Yams

/// Reads the list `accounts`. An account without a secret is always a problem: it would take anybody's word.
struct AccountsReader {
    /// For accounts that name none.
    let defaultRegion: String
    let server: Settings.Server

    func accounts(_ list: [(path: String, node: Node)], _ report: SettingsReport) -> [Account] {
        var paths: Set<String> = []
        return list.compactMap { path, node in
            var keys = SettingsMapping(node, path: path, report: report)
            guard let account = account(&keys, report) else { return nil }
            if !paths.insert(account.path).inserted {
                report.add(path, "\(account.adapter) has an account of the name “\(account.name)” already", line: keys.line)
            }
            return account
        }
    }

    private func account(_ keys: inout SettingsMapping, _ report: SettingsReport) -> Account? {
        let adapter = keys.required("adapter", .adapterKind)
        let name = keys.required("name", .accountName)
        let secrets = secrets(&keys, report)
        let verifyToken = keys.value("verify_token", .givenSecret)
        let region = keys.value("default_region", .region) ?? defaultRegion
        let clientName = keys.value("client_name", .text)
        if clientName != nil, server.tls?.clientAuthorities == nil {
            report.add(
                keys.path(of: "client_name"), "needs server.tls and server.client_ca: nobody else can ask for a certificate",
                line: keys.line)
        }
        let rate = keys.value("rate", .number(0...1_000_000)) ?? server.accountRate
        let acceptsTokens = keys.value("accepts_session_tokens", .flag)
        keys.finish()
        guard let adapter, let name else { return nil }
        return Account(
            adapter: adapter, name: name, secrets: secrets, verifyToken: verifyToken, defaultRegion: region, clientName: clientName,
            rate: rate == 0 ? nil : rate, acceptsSessionTokens: acceptsTokens)
    }

    private func secrets(_ keys: inout SettingsMapping, _ report: SettingsReport) -> [Secret] {
        let path = keys.path(of: "secrets")
        let problemsBefore = report.problems.count
        let secrets = keys.list("secrets").compactMap { path, node in
            report.value(of: node, at: path, .givenSecret, mayBeEmpty: false)
        }
        if secrets.isEmpty, report.problems.count == problemsBefore {
            report.add(path, "an account must have at least one secret", line: keys.line)
        }
        return secrets
    }
}
