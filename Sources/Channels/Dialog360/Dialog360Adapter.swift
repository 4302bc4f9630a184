import JSON
import Messaging
import MetaEnvelope
import Signing

/// Reads the webhooks of 360dialog: Meta's envelope, as posted to a number's webhook, and a partner's events ("Webhook Events (Partner &
/// Messaging API)", docs.360dialog.com, read 2026-11). 360dialog performs no handshake and expects its 200 within five seconds.
public struct Dialog360Adapter: ChannelAdapter {
    /// A provider: it forwards what Meta posts, and retries refused webhooks.
    public static let traits = AdapterTraits(
        kind: "360dialog", sender: .provider, channels: [.whatsapp], settings: [.secretHeader, .portfolio],
        keptHeaders: [Dialog360Signature.header],
        statusRanks: Envelope.statusRanks, placeholders: Envelope.placeholders, passingContext: Envelope.passingContext,
        vocabulary: Envelope.vocabulary, apiSettings: Dialog360Inquiry.settings,
        givenSecret: "360dialog's platform secret (for partners), or the value of the header that secret_header names",
        development: DevelopmentAccount(name: "main", secret: .hexadecimal(bytes: 16)), sample: Envelope.sample)

    private let account: Account
    private let scopes: [String]
    private let proof: SenderProof

    /// How senders are authenticated, by the account's settings.
    private enum SenderProof: Sendable {
        case signature(Dialog360Signature)
        case header(SecretHeader)
    }

    /// The account needs the partner's platform secret or, with a secret header, the value that the webhook was configured to send in it.
    public init(account: Account) throws(AccountError) {
        guard !account.secrets.isEmpty else {
            throw AccountError(setting: "secrets", reason: "must hold the platform secret, or what secret_header shows")
        }
        if let empty = account.secrets.firstIndex(where: \.revealed.isEmpty) {
            throw AccountError(setting: "secrets[\(empty)]", reason: "must not be empty")
        }
        self.account = account
        scopes = account.identityScopes
        proof =
            if let header = account.secretHeader {
                .header(SecretHeader(header, account.secrets))
            } else {
                .signature(Dialog360Signature(account.secrets))
            }
    }

    /// Checks the signature or, if the account has a secret header, only that header, whatever else the request contains.
    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        switch proof {
        case .signature(let signature): try signature.check(delivery)
        case .header(let header): try header.check(delivery)
        }
        return .signature
    }

    /// Neither proof depends on the time.
    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        switch proof {
        case .signature(let signature): signature.headers(for: delivery)
        case .header(let header): header.headers
        }
    }

    /// Asks 360dialog's Messaging API.
    public func inquiry(at now: Instant) -> (any ProviderInquiry)? { Dialog360Inquiry(account) }

    /// One event per item of an envelope, or the single event of a partner.
    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        let root = try JSON(ofBody: delivery.body)
        guard root.kind == .object, !root["entry"].isPresent, root["event"].isPresent else {
            return try Envelope.events(in: root, scopes: scopes)
        }
        return [try partnerEvent(root)]
    }

    /// A notice about a client, a channel or a template of the partner: `{id, event, data}`.
    private func partnerEvent(_ root: JSON) throws(PayloadError) -> Event {
        guard let type = root["event"].name else { throw PayloadError(.field, field: "event", reason: "must be a string") }
        guard let id = root["id"].name, id.namesSomething else { throw PayloadError(.field, field: "id", reason: "must be a string") }
        return Event(externalID: id, channel: .whatsapp, effect: .none, content: .notice(type: type, data: root.text ?? "{}"))
    }
}

extension JSON {
    /// The text of a string or number; nil if empty, since keys are made of it.
    fileprivate var name: String? { stringOrNumber.flatMap { $0.isEmpty ? nil : $0 } }
}
