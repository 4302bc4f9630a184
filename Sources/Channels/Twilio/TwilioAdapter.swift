import Forms
import JSON
import Messaging
import Signing

/// Reads the webhooks of Twilio's Programmable Messaging: WhatsApp, SMS, RCS and Messenger ("Twilio's request to your incoming message Webhook
/// URL", "Outbound Message Status in Status Callbacks", twilio.com/docs, read 2026-11), and the messages of its Event Streams ("Inbound Message",
/// "Outbound Message", twilio.com/docs/events, read 2026-11).
public struct TwilioAdapter: ChannelAdapter {
    /// A provider: Twilio reports a refused webhook as an error and tries its fallback URL.
    public static let traits = AdapterTraits(
        kind: "twilio", sender: .provider, channels: ["sms", "whatsapp", "rcs", "messenger"], settings: [.publicURL, .portfolio],
        keptHeaders: [signatureHeader, settingsHeader, "i-twilio-idempotency-token"], statusRanks: statusRanks, vocabulary: vocabulary,
        apiSettings: TwilioInquiry.settings, givenSecret: "the auth token in Twilio's console, or the secret of a shared key",
        development: DevelopmentAccount(name: "main", secret: .hexadecimal(bytes: 16)), sample: sample)

    let account: Account
    /// One key per secret of the account, in order.
    let keys: [SigningKey]
    /// The account's public URL in the spellings that may have been signed, beginning with the one as written.
    let bases: [String]

    /// The account needs the Twilio account's auth token, or the secret of the shared key that signs its webhooks; during a change from one
    /// to the other, it may have both.
    public init(account: Account) throws(AccountError) {
        guard !account.secrets.isEmpty else {
            throw AccountError(setting: "secrets", reason: "must hold the auth token of the Twilio account, or the secret of a shared key")
        }
        var keys: [SigningKey] = []
        for (index, secret) in account.secrets.enumerated() {
            guard let key = SigningKey(secret) else { throw AccountError(setting: "secrets[\(index)]", reason: "must not be empty") }
            keys.append(key)
        }
        self.account = account
        self.keys = keys
        bases = SignedURL.spellings(of: account.publicURL)
    }

    /// One event for a form, the format of messages and status callbacks; one per item for a JSON array.
    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        guard delivery.isForm else { return try events(inJSON: delivery.body) }
        guard String(validating: delivery.body, as: UTF8.self) != nil else {
            throw PayloadError(.malformed, reason: "the body is not UTF-8")
        }
        guard let form = Form(delivery.body, limit: Self.mostFields) else {
            throw PayloadError(.malformed, reason: "the body has more than \(Self.mostFields) fields")
        }
        return [try Item(.form(form), scopes: account.identityScopes).event()]
    }

    /// Asks Twilio's REST API.
    public func inquiry(at now: Instant) -> (any ProviderInquiry)? { TwilioInquiry(account, at: now) }

    /// Empty TwiML: Twilio would send anything else to the person.
    public func reply(to outcome: DeliveryOutcome) -> DeliveryReply? { DeliveryReply(contentType: "text/xml", body: "<Response/>") }

    private func events(inJSON body: [UInt8]) throws(PayloadError) -> [Event] {
        let json = try JSON(ofBody: body)
        switch json.kind {
        case .object: return [try Item(json, scopes: account.identityScopes).event()]
        case .array: return events(of: json)
        default: throw PayloadError(.malformed, reason: "the body must be a JSON object or array")
        }
    }

    private func events(of batch: JSON) -> [Event] {
        var list = EventList()
        for (index, json) in batch.elements.enumerated() {
            do throws(PayloadError) {
                list.append(try Item(json, scopes: account.identityScopes).event())
            } catch {
                list.appendUnreadable(.unreadable(json, at: index, because: error))
            }
        }
        return list.events
    }

    /// The most fields of a form; Twilio posts about thirty.
    static let mostFields = 1000
}

extension Delivery {
    /// Whether the body is a form, by its media type; a body without a media type counts as a form.
    var isForm: Bool { mediaType.map { $0 == "application/x-www-form-urlencoded" } ?? true }
}

extension Event {
    /// An item of an array that cannot be read, with an id made of its content and position.
    fileprivate static func unreadable(_ json: JSON, at index: Int, because error: PayloadError) -> Event {
        let record = json.text ?? "null"
        let digest = Hex.encode(Array(Digest.sha256(Array("\(index)\n\(record)".utf8)).prefix(16)))
        let located = PayloadError(.field, field: error.field.map { "[\(index)].\($0)" } ?? "[\(index)]", reason: error.reason)
        return Event(
            externalID: "item#\(digest)", channel: "sms", effect: .none,
            content: .unreadable(UnreadableItem(index: index, error: located, record: record)))
    }
}
