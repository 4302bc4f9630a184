import Messaging
import Receiver
import Supabase
import Yams

/// Reads the list `accounts`. An account without a secret is always a problem, since it would accept messages from anybody.
struct AccountsReader {
    /// The region of accounts that have none of their own.
    let defaultRegion: String
    let server: Settings.Server

    func accounts(_ list: [(path: String, node: Node)], _ report: SettingsReport) -> [Account] {
        var paths: Set<String> = []
        var holders: [Secret: String] = [:]
        var read: [(account: Account, keys: SettingsMapping)] = []
        for (path, node) in list {
            var keys = SettingsMapping(node, path: path, report: report)
            guard let account = account(&keys, report) else { continue }
            if !paths.insert(account.path).inserted {
                report.add(path, "\(account.adapter) has an account of the name “\(account.name)” already", line: keys.line)
            }
            noteShared(account, keys, report, &holders)
            read.append((account, keys))
        }
        PortfolioRules().check(read, report)
        return read.map(\.account).inPortfolios { AdapterRegistry.shipped.showsUserIDs($0) }
    }

    /// Reports what the registry and the adapter find wrong with an account, unless the setting already has a problem: to an adapter, an
    /// unreadable secret is a missing one.
    private func check(_ account: Account, _ keys: SettingsMapping, _ report: SettingsReport) {
        for fault in AdapterRegistry.shipped.faults(of: account) where !report.hasProblem(at: keys.path(of: fault.setting)) {
            report.add(keys.path(of: fault.setting), fault.reason, line: keys.line(of: fault.setting) ?? keys.line)
        }
    }

    /// Reports secrets that chat or kiosk accounts share: a client that has one may post to all of these accounts. Accounts of a provider
    /// may share a secret, as an app of Meta has one for all its numbers.
    private func noteShared(_ account: Account, _ keys: SettingsMapping, _ report: SettingsReport, _ holders: inout [Secret: String]) {
        let line = keys.line(of: "secrets") ?? keys.line
        if Set(account.secrets).count < account.secrets.count {
            report.note(keys.path(of: "secrets"), "has a secret twice", line: line)
        }
        guard AdapterRegistry.shipped.traits(of: account.adapter)?.sender == .client else { return }
        for secret in Set(account.secrets) {
            guard let other = holders.updateValue(account.path, forKey: secret) else { continue }
            report.note(keys.path(of: "secrets"), "has a secret that \(other) has too: whoever knows it can post to both", line: line)
        }
    }

    private func account(_ keys: inout SettingsMapping, _ report: SettingsReport) -> Account? {
        let adapter = keys.required("adapter", .adapterKind)
        let name = keys.required("name", .accountName)
        let traits = adapter.flatMap { AdapterRegistry.shipped.traits(of: $0) }
        var form: ScalarForm<Secret> = traits?.sender == .client ? .webhookSecret : .givenSecret
        form.origin = traits?.givenSecret
        let secrets = secrets(&keys, form, report)
        let verifyToken = keys.value("verify_token", .givenSecret)
        if verifyToken != nil, let traits, !traits.settings.contains(.verifyToken) {
            report.note(
                keys.path(of: "verify_token"), "has no effect: this adapter has no handshake", line: keys.line(of: "verify_token"))
        }
        let secretHeader = keys.valueNotEmpty("secret_header", .headerName)
        let portfolio = keys.valueNotEmpty("portfolio", .portfolioName)
        let publicURL = keys.value("public_url", .publicURL) ?? server.publicURL
        if let traits, traits.settings.contains(.publicURL), Self.localHosts.contains(where: { publicURL.contains($0) }) {
            report.note(
                keys.path(of: "public_url"),
                "\(MaskedURL.text(publicURL)) can be reached only from this machine, but \(traits.kind) signs the URL to which it posts: set that URL "
                    + "here or as server.public_url",
                line: keys.line(of: "public_url") ?? keys.line)
        }
        let region = keys.value("default_region", .region) ?? defaultRegion
        let clientName = keys.valueNotEmpty("client_name", .text)
        if clientName != nil, server.tls?.clientAuthorities == nil {
            report.add(
                keys.path(of: "client_name"), "needs server.tls and server.client_ca: without them no sender is asked for a certificate",
                line: keys.line)
        }
        let rate = keys.value("rate", .number(0...1_000_000)) ?? server.accountRate
        let acceptsTokens = keys.value("accepts_session_tokens", .flag)
        let api = apiSettings(of: traits, &keys)
        keys.finish()
        guard let adapter else { return nil }
        // An account without a name is checked too, so that all its problems are reported at once.
        let account = Account(
            adapter: adapter, name: name ?? "unnamed", secrets: secrets, verifyToken: verifyToken, secretHeader: secretHeader,
            portfolio: portfolio, publicURL: publicURL, defaultRegion: region, clientName: clientName, rate: rate == 0 ? nil : rate,
            acceptsSessionTokens: acceptsTokens, api: api)
        check(account, keys, report)
        return name == nil ? nil : account
    }

    /// Hosts under which only this machine can reach the gateway.
    private static let localHosts = ["://127.0.0.1", "://localhost", "://[::1]", "://0.0.0.0", "://[::]"]

    /// The settings for asking the provider, which only accounts of its adapter have.
    private func apiSettings(of traits: AdapterTraits?, _ keys: inout SettingsMapping) -> [String: Secret] {
        var values: [String: Secret] = [:]
        for setting in traits?.apiSettings ?? [] {
            values[setting.key] =
                switch setting.form {
                case .url: keys.value(setting.key, .publicURL).map { Secret($0) }
                case .id: keys.value(setting.key, .providerID).map { Secret($0) }
                case .secret: keys.value(setting.key, .givenSecret)
                }
        }
        return values
    }

    private func secrets(_ keys: inout SettingsMapping, _ form: ScalarForm<Secret>, _ report: SettingsReport) -> [Secret] {
        let path = keys.path(of: "secrets")
        // The second of two secrets may be `${NAME:-}`, empty until the secret is rotated.
        let problemsBefore = report.problems.count
        let secrets = keys.list("secrets").compactMap { path, node in
            report.value(of: node, at: path, form)
        }
        if secrets.isEmpty, report.problems.count == problemsBefore {
            defer { report.concernsSecret(since: problemsBefore) }
            let reason = "an account must have at least one secret"
            let variables = keys.list("secrets").compactMap { $0.node.scalar.flatMap { VariableExpansion.only($0.string)?.name } }
            if let first = variables.first {
                report.add(
                    path, "\(reason), and none of its variables is set: \(variables.joined(separator: ", "))", unset: first, line: keys.line
                )
            } else {
                report.add(path, reason, line: keys.line)
            }
        }
        return secrets
    }
}
