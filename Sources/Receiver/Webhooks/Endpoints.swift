import Messaging

/// The configured accounts with their adapters.
public struct Endpoints: Sendable {
    /// One account with its adapter.
    struct Entry: Sendable {
        let account: Account
        let adapter: any ChannelAdapter
        /// Who sends the payloads: a provider or one of our own clients.
        let sender: AdapterTraits.SenderKind
        let rate: AccountRate?
    }

    let all: [Entry]

    /// Takes adapters with the accounts for which they were created; no two accounts may have the same path.
    public init(_ adapters: [(account: Account, adapter: any ChannelAdapter)]) {
        all = adapters.map { account, adapter in
            Entry(
                account: account, adapter: adapter, sender: type(of: adapter).traits.sender, rate: account.rate.map(AccountRate.init))
        }
    }
}
