import Messaging

extension AdapterTraits {
    /// The traits of an adapter for our own clients, which post CloudEvents with a Standard Webhooks signature or a session's token. `name`
    /// is the name of a development account.
    public static func client(_ kind: AdapterKind, on channel: Channel, development name: AccountName) -> AdapterTraits {
        AdapterTraits(
            kind: kind, sender: .client, channels: [channel], settings: [.sessionTokens],
            keptHeaders: ["webhook-id", "webhook-timestamp", "webhook-signature", "ce-*"],
            vocabulary: Vocabulary(
                words: ["type", "specversion", "datacontenttype"], times: ["time"], freeForms: ["data"]),
            development: DevelopmentAccount(name: name, secret: .standardWebhooks))
    }
}
