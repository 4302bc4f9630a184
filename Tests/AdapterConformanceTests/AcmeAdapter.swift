import JSON
import Messaging
import Signing

/// Reads `{"messages":[{"id","from","type","text"}]}`, signed in `x-acme-signature`: HMAC-SHA256 of the body in hexadecimal.
public struct AcmeAdapter: ChannelAdapter {
    public static let traits = AdapterTraits(
        kind: "acme", sender: .provider, channels: ["acme"], keptHeaders: [header], vocabulary: Vocabulary(words: ["type"]))
    private static let header = "x-acme-signature"

    private let keys: [HMACKey]

    public init(account: Account) throws(AccountError) {
        keys = account.secrets.compactMap { HMACKey(Array($0.revealed.utf8)) }
        guard !keys.isEmpty, keys.count == account.secrets.count else {
            throw AccountError(setting: "secrets", reason: "must hold at least one secret, and none that is empty")
        }
    }

    public func authenticate(_ delivery: Delivery, at now: Instant) throws(AuthenticationError) -> Proof {
        guard let code = Hex.decode(try delivery.soleHeader(Self.header)), code.count == 32 else {
            throw AuthenticationError(.malformed, header: Self.header)
        }
        guard keys.contains(where: { $0.isValid(code, for: delivery.body) }) else {
            throw AuthenticationError(.mismatch, header: Self.header)
        }
        return .signature
    }

    public func signatureHeaders(for delivery: Delivery, at now: Instant) -> [Delivery.Header] {
        keys.prefix(1).map { Delivery.Header(lowercase: Self.header, Hex.encode($0.authenticationCode(for: delivery.body))) }
    }

    public func events(in delivery: Delivery) throws(PayloadError) -> [Event] {
        let items = try JSON(ofBody: delivery.body)["messages"]
        guard items.kind == .array else { throw PayloadError(.field, field: "messages", reason: "must be a list") }
        var list = EventList()
        for (index, item) in items.elements.enumerated() { list.append(event(item, at: index)) }
        return list.events
    }

    private func event(_ item: JSON, at index: Int) -> Event {
        let record = item.text ?? "null"
        guard let id = item["id"].string, let from = item["from"].string else {
            let error = PayloadError(.field, field: "messages[\(index)]", reason: "must have id and from")
            return Event(
                externalID: "item#" + Hex.encode(Digest.sha256(Array("\(index)\n\(record)".utf8))), channel: "acme", effect: .none,
                content: .unreadable(UnreadableItem(index: index, error: error, record: record)))
        }
        let type: MessageType = item["type"].string == "text" ? .text : .unsupported
        return Event(
            externalID: id, channel: "acme", party: Party(phone: ReceivedPhone(from)), effect: .moves,
            content: .message(Message(type: type, sender: from, text: item["text"].string, content: record)))
    }
}
