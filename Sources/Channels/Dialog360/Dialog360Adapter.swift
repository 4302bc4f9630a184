import JSON
import Messaging
import MetaEnvelope
import Signing

/// Reads the webhooks of 360dialog: Meta's envelope as a number's webhook posts it, and the events of a partner ("Webhook Events (Partner &
/// Messaging API)", docs.360dialog.com, read 2026-11). It asks for no handshake, and wants its 200 within five seconds.
public struct Dialog360Adapter: ChannelAdapter {
    /// It hands on what Meta posts, and repeats what is refused, so it is a provider.
    public static let traits = AdapterTraits(
        kind: "360dialog", sender: .provider, channels: [.whatsapp], settings: [.secretHeader, .portfolio],
        keptHeaders: [Dialog360Signature.header],
        statusRanks: Envelope.statusRanks, placeholders: Envelope.placeholders, passingContext: Envelope.passingContext,
        vocabulary: Envelope.vocabulary,
        development: DevelopmentAccount(name: "main", secret: .hexadecimal(bytes: 16)), sample: Envelope.sample)

    private let scopes: [String]
    private let proof: SenderProof

    /// What proves a sender: one of the two, as the account's settings say.
    private enum SenderProof: Sendable {
        case signature(Dialog360Signature)
        case header(SecretHeader)
    }

    /// The account needs the platform secret of the partner; or, with a secret header, what the webhook was told to show in it.
    public init(account: Account) throws(AccountError) {
        guard !account.secrets.isEmpty else {
            throw AccountError(setting: "secrets", reason: "must hold the platform secret, or what secret_header shows")
        }
        if let empty = account.secrets.firstIndex(where: \.revealed.isEmpty) {
            throw AccountError(setting: "secrets[\(empty)]", reason: "must not be empty")
        }
        scopes = account.identityScopes
        proof =
            if let header = account.secretHeader {
                .header(SecretHeader(header, account.secrets))
            } else {
                .signature(Dialog360Signature(account.secrets))
            }
    }

    /// By its signature; of an account with a secret header by that alone, whatever else the sender shows.
    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        switch proof {
        case .signature(let signature): try signature.check(delivery)
        case .header(let header): try header.check(delivery)
        }
        return .signature
    }

    /// Neither holds a time.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        switch proof {
        case .signature(let signature): signature.headers(for: delivery)
        case .header(let header): header.headers
        }
    }

    /// One event for every item of an envelope, or the partner's one.
    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        let root = try JSON(ofBody: delivery.body)
        guard root.kind == .object, !root["entry"].isPresent, root["event"].isPresent else {
            return try Envelope.events(in: root, scopes: scopes)
        }
        return [try partnerEvent(root)]
    }

    /// What became of a client, a channel or a template of the partner's: `{id, event, data}`.
    private func partnerEvent(_ root: JSON) throws(PayloadError) -> Event {
        guard let type = root["event"].name else { throw PayloadError(.field, field: "event", reason: "must be a string") }
        guard let id = root["id"].name, id.namesSomething else { throw PayloadError(.field, field: "id", reason: "must be a string") }
        return Event(externalID: id, channel: .whatsapp, effect: .none, content: .notice(type: type, data: root.text ?? "{}"))
    }
}

extension JSON {
    /// A text that keys are made of: it is not empty.
    fileprivate var name: String? { stringOrNumber.flatMap { $0.isEmpty ? nil : $0 } }
}
