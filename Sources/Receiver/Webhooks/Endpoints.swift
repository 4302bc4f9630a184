import Messaging

/// The configured accounts with their adapters.
public struct Endpoints: Sendable {
    /// One account with its adapter.
    struct Entry: Sendable {
        let account: Account
        let adapter: any ChannelAdapter
        /// Who sends the payloads: a provider or one of our own clients.
        let sender: AdapterTraits.SenderKind
        fileprivate(set) var rate: AccountRate?
    }

    private(set) var all: [Entry]

    /// Takes adapters with the accounts for which they were created; no two accounts may have the same path.
    public init(_ adapters: [(account: Account, adapter: any ChannelAdapter)]) {
        all = adapters.map { account, adapter in
            Entry(
                account: account, adapter: adapter, sender: type(of: adapter).traits.sender, rate: account.rate.map(AccountRate.init))
        }
    }

    /// The accounts with the rates of earlier ones, as far as they have the same limit: a reload grants nobody another burst.
    func keepingRates(of earlier: [Entry]) -> Endpoints {
        let byPath = Dictionary(earlier.map { ($0.account.path, $0) }) { first, _ in first }
        var endpoints = self
        for index in all.indices {
            guard let entry = byPath[all[index].account.path], entry.account.rate == all[index].account.rate else { continue }
            endpoints.all[index].rate = entry.rate
        }
        return endpoints
    }
}
