import Messaging

/// The available adapters by kind. The registry is built from their types, so that a new channel is one line.
public struct AdapterRegistry: Sendable {
    private let types: [AdapterKind: any ChannelAdapter.Type]
    /// The traits of each adapter, in the order of the registry.
    public let traits: [AdapterTraits]

    /// If two types have the same kind, the later one is used.
    public init(_ types: [any ChannelAdapter.Type]) {
        self.types = Dictionary(types.map { ($0.traits.kind, $0) }) { _, later in later }
        traits = types.map { $0.traits }
    }

    /// All kinds in alphabetical order.
    public var kinds: [AdapterKind] { types.keys.sorted { $0.rawValue < $1.rawValue } }

    /// The traits of a kind; nil if there is no such adapter.
    public func traits(of kind: AdapterKind) -> AdapterTraits? { types[kind]?.traits }

    /// The adapter of one account. Throws if the kind is unknown or the account lacks a setting.
    public func makeAdapter(for account: Account) throws(AccountError) -> any ChannelAdapter {
        guard let type = types[account.adapter] else { throw unknown(account.adapter) }
        if let fault = settingFaults(of: account, type.traits).first { throw fault }
        return try type.init(account: account)
    }

    /// All problems of an account; of the settings that only its adapter reads, the adapter reports the first problem.
    func faults(of account: Account) -> [AccountError] {
        guard let type = types[account.adapter] else { return [unknown(account.adapter)] }
        let faults = settingFaults(of: account, type.traits)
        do throws(AccountError) { _ = try type.init(account: account) } catch { return faults + [error] }
        return faults
    }

    /// Settings that the account's kind does not have, or not with this value.
    private func settingFaults(of account: Account, _ traits: AdapterTraits) -> [AccountError] {
        var faults: [AccountError] = []
        if account.acceptsSessionTokens == true, !traits.settings.contains(.sessionTokens) {
            faults.append(
                AccountError(setting: "accepts_session_tokens", reason: "a provider signs: only chat and kiosk accounts may be true"))
        }
        if let header = account.secretHeader, let fault = fault(ofSecretHeader: header, traits) { faults.append(fault) }
        return faults
    }

    /// The problem of an account whose kind has no adapter.
    func unknown(_ kind: AdapterKind) -> AccountError {
        let name = SecretForm.isLikely(kind.rawValue) ? "of this name" : "“\(kind)”"
        return AccountError(
            setting: "adapter", reason: "there is no adapter \(name); known: \(kinds.map(\.rawValue).joined(separator: ", "))")
    }

    private func fault(ofSecretHeader header: String, _ traits: AdapterTraits) -> AccountError? {
        guard traits.settings.contains(.secretHeader) else {
            return AccountError(setting: "secret_header", reason: "\(traits.kind) proves its deliveries otherwise: leave it out")
        }
        guard traits.keeps(header: header) else { return nil }
        return AccountError(setting: "secret_header", reason: "\(header) is kept with every delivery, so it must hold no secret")
    }

    /// The adapters of all accounts. Throws the problems of all accounts at once.
    public func makeAdapters(for accounts: [Account]) throws(SettingsError) -> ConfiguredAdapters {
        var adapters: [AccountKey: any ChannelAdapter] = [:]
        var problems: [SettingsProblem] = []
        for (index, account) in accounts.enumerated() {
            do throws(AccountError) {
                adapters[AccountKey(adapter: account.adapter, account: account.name)] = try makeAdapter(for: account)
            } catch {
                problems += faults(of: account).map { SettingsProblem(path: "accounts[\(index)].\($0.setting)", reason: $0.reason) }
            }
        }
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        return ConfiguredAdapters(adapters)
    }
}

/// The adapters of the configured accounts.
public struct ConfiguredAdapters: Sendable {
    private let adapters: [AccountKey: any ChannelAdapter]

    fileprivate init(_ adapters: [AccountKey: any ChannelAdapter]) { self.adapters = adapters }

    /// The adapter of an account; nil if the account is not configured.
    public subscript(kind: AdapterKind, account: AccountName) -> (any ChannelAdapter)? {
        adapters[AccountKey(adapter: kind, account: account)]
    }
}

private struct AccountKey: Hashable {
    let adapter: AdapterKind
    let account: AccountName
}
