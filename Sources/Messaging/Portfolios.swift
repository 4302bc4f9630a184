/// The accounts of each business portfolio. A person's WhatsApp user id is the same on every number of a portfolio ("Business-scoped user
/// IDs", developers.facebook.com, updated 2026-11-05), so an id that one account has seen leads to the same person on all of them.
public struct Portfolios: Sendable, Equatable {
    /// The names of a portfolio's accounts other than its scope, by scope.
    private let names: [String: [String]]

    /// The portfolios of these accounts, all of which have user ids. A name used by accounts of two portfolios is left out, since the ids
    /// stored under it could be either's.
    public init(_ accounts: [Account] = []) {
        let scopes = Dictionary(grouping: accounts, by: \.name.rawValue).mapValues { Set($0.map(\.scope)) }
        names = Dictionary(grouping: accounts, by: \.scope).compactMapValues { members in
            let names = Set(members.map(\.name.rawValue)).subtracting([members[0].scope]).filter { scopes[$0]?.count == 1 }
            return names.isEmpty ? nil : names.sorted()
        }
    }

    /// The other scopes of a portfolio's stored ids: its accounts' names, as in earlier versions. Empty for any other scope.
    public subscript(scope: String) -> [String] { names[scope] ?? [] }

    /// Whether two scopes are equal, or one of them is another scope of the other's portfolio.
    public func areOne(_ one: String, _ other: String) -> Bool { one == other || self[one].contains(other) || self[other].contains(one) }
}

extension [Account] {
    /// The accounts with their scopes. A portfolio named in the settings is the scope. Accounts that name none and share a secret are one
    /// portfolio, since a Meta app has one secret for all its numbers; its scope is the alphabetically first of their names. So a restart,
    /// another order of the accounts, or a rotation during which all of them have two secrets changes no scope, and a scope reveals nothing
    /// about a secret.
    ///
    /// `showUserIDs` says for which adapters senders have such ids; accounts of other adapters keep their own name.
    public func inPortfolios(where showUserIDs: (AdapterKind) -> Bool) -> [Account] {
        var accounts = self
        let sharing = indices.filter { self[$0].portfolio == nil && showUserIDs(self[$0].adapter) }
        // Joins each account with the earlier ones that share a secret with it, and with their groups.
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
