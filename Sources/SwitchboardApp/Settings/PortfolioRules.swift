import Messaging

/// Checks the portfolios of accounts. A user id that is stored under a portfolio identifies a person, so no account may be in a portfolio
/// by mistake.
struct PortfolioRules {
    private let registry = AdapterRegistry.shipped

    func check(_ accounts: [(account: Account, keys: SettingsMapping)], _ report: SettingsReport) {
        var first: [String: Account] = [:]
        for (account, keys) in accounts {
            guard let portfolio = account.portfolio else { continue }
            let (path, line) = (keys.path(of: "portfolio"), keys.line(of: "portfolio"))
            guard registry.showsUserIDs(account.adapter) else {
                // An unknown adapter is already reported as a problem.
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
    /// Whether an adapter's senders have user ids that are the same on all accounts of a portfolio.
    func showsUserIDs(_ kind: AdapterKind) -> Bool { traits(of: kind)?.settings.contains(.portfolio) ?? false }
}

extension Settings {
    /// Which accounts belong to one business.
    public var portfolios: Portfolios { Portfolios(accounts.filter { AdapterRegistry.shipped.showsUserIDs($0.adapter) }) }
}
