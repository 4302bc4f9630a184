import Messaging
import Synchronization

/// The portfolios of the accounts in the settings, which a reload of the settings replaces while the writer and the sync use them.
final class CurrentPortfolios: Sendable {
    private let state: Mutex<Portfolios>

    init(_ portfolios: Portfolios) { state = Mutex(portfolios) }

    var value: Portfolios { state.withLock { $0 } }

    func replace(by portfolios: Portfolios) { state.withLock { $0 = portfolios } }
}
