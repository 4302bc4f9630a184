import Messaging

extension AdapterTraits {
    /// Those of an adapter for clients of ours: CloudEvents, proven by Standard Webhooks or by a session's token. `name` is what an account for
    /// development is called.
    public static func client(_ kind: AdapterKind, on channel: Channel, development name: AccountName) -> AdapterTraits {
        AdapterTraits(
            kind: kind, sender: .client, channels: [channel], settings: [.sessionTokens],
            keptHeaders: ["webhook-id", "webhook-timestamp", "webhook-signature", "ce-*"],
            vocabulary: Vocabulary(
                words: ["type", "specversion", "datacontenttype"], times: ["time"], freeForms: ["data"]),
            development: DevelopmentAccount(name: name, secret: .standardWebhooks))
    }
}
