import Messaging
import PhoneNumbers

/// A Twilio address: a number, or `whatsapp:`, `rcs:`, `messenger:` or `client:` followed by a number or id.
struct Address {
    /// The channel; SMS if the address names none, and for `tel:` with a number.
    let channel: Channel
    /// The address without the channel.
    let value: String
    /// Whether the address can belong to a person. The scheme counts: `sip:anonymous@example.com` is nobody; without `sip:` it is a
    /// mailbox.
    private let isSomebodys: Bool

    init(_ text: String) {
        isSomebodys = text.namesSomebody
        // A scheme is case-insensitive (RFC 3986, 3.1).
        if let number = PhoneNumber.subscriber(ofURI: text), PhoneNumber.isWritten(number) {
            channel = "sms"
            value = number
        } else if let colon = text.firstIndex(of: ":"), case let scheme = text[..<colon].lowercased(), Address.isChannel(scheme) {
            channel = Channel(scheme)
            value = String(text[text.index(after: colon)...])
        } else {
            channel = "sms"
            value = text
        }
    }

    /// Whether a scheme is a channel: it begins with a letter, and does not have as many digits as a phone number.
    private static func isChannel(_ scheme: String) -> Bool {
        Channel.isName(scheme) && scheme.utf8.first.map { (0x61...0x7A).contains($0) } == true && scheme.isPlainWord()
    }

    /// The channels whose addresses are numbers. On others an id may also consist of digits.
    private static let channelsOfNumbers: Set<Channel> = ["sms", "mms", "whatsapp", "rcs"]

    /// The number as written, in digits of any script with the usual separators; nil if the address is not a number.
    var phone: String? {
        Self.channelsOfNumbers.contains(channel) && PhoneNumber.isWritten(value) ? value : nil
    }

    /// The person's id as an identity, `whatsapp_user_id`; nil for SMS, where anything other than a number is a name that the sender chose.
    func identity(scope: String) -> Identity? {
        guard channel != "sms", isSomebodys, phone == nil, !value.isEmpty else { return nil }
        return Identity(kind: "\(channel)_user_id", scope: scope, value: value)
    }
}
