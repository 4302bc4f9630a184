/// Which accounts are of one business portfolio. WhatsApp's user ids of a person are the same on every number of one ("Business-scoped user IDs",
/// developers.facebook.com, updated 2026-11-05), so that an id that one account has seen leads to the same person on all of them.
public struct Portfolios: Sendable, Equatable {
    /// Names of a portfolio's accounts, other than its own, by its scope.
    private let names: [String: [String]]

    /// The portfolios of these accounts, all of which show user ids. A name that accounts of two portfolios have is left out: nobody can tell whose
    /// ids are kept under it.
    public init(_ accounts: [Account] = []) {
        let scopes = Dictionary(grouping: accounts, by: \.name.rawValue).mapValues { Set($0.map(\.scope)) }
        names = Dictionary(grouping: accounts, by: \.scope).compactMapValues { members in
            let names = Set(members.map(\.name.rawValue)).subtracting([members[0].scope]).filter { scopes[$0]?.count == 1 }
            return names.isEmpty ? nil : names.sorted()
        }
    }

    /// The other scopes under which ids of a portfolio may be kept: those of its accounts, as earlier versions had it. Empty for any other scope.
    public subscript(scope: String) -> [String] { names[scope] ?? [] }

    /// Whether two scopes are the same, or the one is another scope of the other's portfolio.
    public func areOne(_ one: String, _ other: String) -> Bool { one == other || self[one].contains(other) || self[other].contains(one) }
}

extension [Account] {
    /// The accounts with their scopes. Those that name a portfolio are of that. Of those that name none the ones whose senders share a secret are one
    /// portfolio, since an app of Meta's has one secret for all its numbers; its scope is the least of their names in alphabetical order. So neither
    /// a restart, nor the order of the accounts, nor a secret that is changed by giving all of them two for a while, changes a scope, and no scope
    /// tells anything of a secret.
    ///
    /// `showUserIDs` says of which adapters the senders show such ids; accounts of others keep their own name.
    public func inPortfolios(where showUserIDs: (AdapterKind) -> Bool) -> [Account] {
        var accounts = self
        let sharing = indices.filter { self[$0].portfolio == nil && showUserIDs(self[$0].adapter) }
        // Each account goes with those before it that share a secret, and with all who go with those.
        var groups: [[Int]] = []
        for index in sharing {
            let met = groups.filter { group in group.contains { self[$0].sharesSecret(with: self[index]) } }
            groups.removeAll { met.contains($0) }
            groups.append(met.flatMap(\.self) + [index])
        }
        for group in groups {
            let least = group.map { self[$0].name.rawValue }.min()
            for index in group { accounts[index].scope = least ?? self[index].scope }
        }
        return accounts
    }
}

extension Account {
    fileprivate func sharesSecret(with other: Account) -> Bool {
        adapter == other.adapter && !Set(secrets).isDisjoint(with: other.secrets)
    }
}
