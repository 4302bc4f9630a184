import Forms
import JSON
import Journal
import Messaging
import PhoneNumbers
import Signing

/// Makes captures that can be shared: phones, names, texts, ids and tokens become fakes of the same shape, and equal values equal fakes.
///
/// The names of the settings' accounts stay, so that a gateway with the same settings can replay redacted captures. Other names that are
/// plain words stay too, since two accounts of one adapter must not become one; a name with a number in it becomes a fake. Fakes are
/// derived from the originals with a secret that is generated for the run and not stored.
public struct Redaction: Sendable {
    /// The secret that signs redacted captures; it is published in Webhooks/README.md and proves nothing.
    public static let secret = Secret("whsec_YSBzZWNyZXQgZm9yIHNoYXJlZCBjYXB0dXJlcw==")

    /// An account whose secret signs an adapter's redacted captures, whatever the name of their account.
    public static func account(of kind: AdapterKind) -> Account { Account(adapter: kind, name: "main", secrets: [secret]) }

    private let key: HMACKey
    private let text: TextRedaction
    private let accounts: Set<AccountName>
    private let adapters: [AdapterKind: any ChannelAdapter]

    /// Runs with the same `seed` make the same fakes; without a seed a random secret is used. `adapter` gives the adapter of `account(of:)`
    /// for each kind. `region` is that of local numbers; `accounts` are the settings' names.
    public init(
        seed: String?, region: String = Account.defaultRegion, accounts: Set<AccountName> = [], kinds: [AdapterKind],
        adapter: (AdapterKind) -> (any ChannelAdapter)?
    ) throws(RedactionError) {
        let secret = seed.map { Digest.sha256(Array($0.utf8)) } ?? SecureRandom.bytes(32)
        guard let key = HMACKey(secret) else { throw RedactionError() }
        self.key = key
        self.accounts = accounts
        let cipher = TokenCipher(key)
        text = TextRedaction(cipher: cipher, phones: PhoneFakes(cipher, region: region), places: CoordinateFakes(cipher), region: region)
        adapters = Dictionary(kinds.compactMap { kind in adapter(kind).map { (kind, $0) } }) { first, _ in first }
    }

    /// The capture in a form that can be shared. An adapter reads the same kinds and types of events from it.
    public func redacted(_ capture: Capture) -> Capture {
        var fake = capture
        let delivery = capture.delivery
        let rules = RedactionRules(adapters[delivery.adapter].map { type(of: $0).traits.vocabulary } ?? Vocabulary())
        fake.origin = .none
        fake.fileID = capture.deliveryID.flatMap { DeliveryID($0) }.map { redacted($0).description }
        fake.person = capture.person.map { text.phones.fake(PhoneNumber(stored: $0)).e164 }
        fake.refusal?.reason = capture.refusal.map { text.fake($0.reason) } ?? ""
        fake.delivery.account = redacted(delivery.account)
        fake.delivery.target = "/webhooks/\(delivery.adapter)/\(fake.delivery.account)"
        fake.delivery.body = body(delivery, rules)
        fake.delivery.headers = headers(of: delivery)
        prove(&fake.delivery, instead: capture)
        return fake
    }

    private func redacted(_ account: AccountName) -> AccountName {
        accounts.contains(account) || account.rawValue.isPlainWord() ? account : AccountName(text.fake(account.rawValue))
    }

    /// The fake of an id, which keeps the id's time, as the delivery does.
    private func redacted<Subject>(_ id: Identifier<Subject>) -> Identifier<Subject> {
        let code = key.authenticationCode(for: Array("delivery".utf8), Array(id.description.utf8))
        let random = code.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Identifier(milliseconds: id.madeAt.milliseconds, sequence: UInt16(code[8]) << 4, random: random)
    }

    private func body(_ delivery: Delivery, _ rules: RedactionRules) -> [UInt8] {
        var text = text
        text.commonWords = rules.commonWords
        if let json = try? JSON(parsing: delivery.body) { return JSONRedaction(text, rules, learningFrom: json).redacted(json) }
        guard let plain = String(validating: delivery.body, as: UTF8.self) else { return bytes(delivery.body) }
        let isForm = delivery.mediaType.map { $0 == "application/x-www-form-urlencoded" } ?? plain.utf8.contains(UInt8(ascii: "="))
        guard isForm else { return Array(text.fake(plain).utf8) }
        return form(Form(plain), rules, text)
    }

    private func form(_ form: Form, _ rules: RedactionRules, _ text: TextRedaction) -> [UInt8] {
        var text = text
        var numbers = KnownNumbers.Found()
        for field in form where rules.isLearned(field.name) {
            text.learn(field.value, isName: rules.isName(field.name), isLocal: false, &numbers)
        }
        text.numbers = KnownNumbers(numbers)
        let pairs = form.map { field in
            let (name, value) = (field.name, field.value)
            let key = RedactionRules.isHarmless(key: name) ? name : text.fake(name)
            return "\(FormText.encode(key))=\(FormText.encode(fake(value, at: name, rules, text)))"
        }
        return Array(pairs.joined(separator: "&").utf8)
    }

    private func fake(_ value: String, at name: String, _ rules: RedactionRules, _ text: TextRedaction) -> String {
        if rules.isHarmless(value, at: name) { return rules.isTime(value, at: name) ? text.fake(time: value) : value }
        if rules.isWord(value, at: name, in: ""), text.number(in: value, isLocal: false) == nil { return text.fake(digitsOf: value) }
        if rules.isCoordinate(name) { return text.fake(coordinate: value) }
        return (rules.isID(name) ? text.ofIDs : text).fake(value, isName: rules.isName(name))
    }

    /// The fake of bytes that are not text: their ASCII parts as texts, and nothing of the others.
    private func bytes(_ bytes: [UInt8]) -> [UInt8] {
        let parts = bytes.split(omittingEmptySubsequences: false) { $0 >= 0x80 }
        let fakes = parts.map { Array(text.fake(String(decoding: $0, as: UTF8.self)).utf8) }
        return Array(fakes.joined(separator: [0xFF]))
    }

    /// The media type, and a fake of the user agent.
    private func headers(of original: Delivery) -> [Delivery.Header] {
        original.headers.compactMap { header in
            switch header.name {
            case "content-type": Delivery.Header(lowercase: header.name, contentType(header.value))
            case "user-agent": Delivery.Header(lowercase: header.name, text.fake(header.value))
            default: nil
            }
        }
    }

    /// Signs the fake again. If the original was proven by a session's token, it has no signature: a mark takes the place of the token.
    private func prove(_ fake: inout Delivery, instead original: Capture) {
        if original.isByToken {
            let mark = SessionToken.mark(owner: original.delivery.tokenOwner.map(redacted))
            fake.headers.append(Delivery.Header(lowercase: SessionToken.header, mark))
        } else if let adapter = adapters[fake.adapter] {
            fake = adapter.signed(fake, at: fake.receivedAt)
        }
    }

    /// The media type and the charset; any other parameter is redacted.
    private func contentType(_ value: String) -> String {
        let parts = value.split(separator: ";").map { String($0.trimmingPrefix { $0 == " " }) }
        let kept = parts.enumerated().filter { $0 == 0 || $1.lowercased().hasPrefix("charset=") }.map(\.element)
        // `charset=iso-8859-15`.
        return kept.map { $0.replacing("charset=", with: "").isPlainWord(mostDigits: $0 == kept[0] ? 4 : 6) ? $0 : text.fake($0) }
            .joined(separator: "; ")
    }
}

/// OpenSSL could not create an HMAC key.
public struct RedactionError: Error, Equatable, CustomStringConvertible {
    public var description: String { "OpenSSL has no HMAC" }
}
