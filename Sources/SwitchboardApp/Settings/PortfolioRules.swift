import Messaging

/// What is wrong with the portfolios that accounts name. A user id that is kept under a portfolio leads to a person, so no account may be of one by
/// mistake.
struct PortfolioRules {
    private let registry = AdapterRegistry.shipped

    func check(_ accounts: [(account: Account, keys: SettingsMapping)], _ report: SettingsReport) {
        var first: [String: Account] = [:]
        for (account, keys) in accounts {
            guard let portfolio = account.portfolio else { continue }
            let (path, line) = (keys.path(of: "portfolio"), keys.line(of: "portfolio"))
            guard registry.showsUserIDs(account.adapter) else {
                // An adapter that nobody knows is a problem already.
                if registry.traits(of: account.adapter) != nil {
                    report.note(path, "has no effect: its senders show no user ids of a portfolio", line: line)
                }
                continue
            }
            let other = first[portfolio, default: account]
            first[portfolio] = other
            if other.adapter != account.adapter {
                report.add(
                    path, "“\(portfolio)” is that of \(other.path) too: the accounts of a portfolio must have one adapter", line: line)
            }
            let outsider = accounts.map(\.account).first {
                $0.name.rawValue == portfolio && $0.portfolio != portfolio && registry.showsUserIDs($0.adapter)
            }
            if let outsider {
                report.add(
                    path, "“\(portfolio)” is the name of \(outsider.path), which is of another portfolio: choose another name", line: line)
            }
        }
    }
}

extension AdapterRegistry {
    /// Whether the senders of an adapter show user ids that are the same on all accounts of a portfolio.
    func showsUserIDs(_ kind: AdapterKind) -> Bool { traits(of: kind)?.settings.contains(.portfolio) ?? false }
}

extension Settings {
    /// Which accounts are one business's.
    public var portfolios: Portfolios { Portfolios(accounts.filter { AdapterRegistry.shipped.showsUserIDs($0.adapter) }) }
}
