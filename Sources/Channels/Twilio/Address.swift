import Messaging
import PhoneNumbers

/// An address of Twilio's: a number, or `whatsapp:`, `rcs:`, `messenger:`, `client:` and a number or id.
struct Address {
    /// SMS where the address names no channel, as `tel:` and a number do not.
    let channel: Channel
    /// Without the channel.
    let value: String
    /// Whether it can be somebody's. It is asked of the whole address: `anonymous@10.0.0.1` is nobody as a caller by SIP.
    private let isSomebodys: Bool

    init(_ text: String) {
        isSomebodys = text.namesSomebody
        // A scheme is the same in capitals (RFC 3986, 3.1).
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

    /// A scheme begins with a letter. What has the digits of a number is somebody's number.
    private static func isChannel(_ scheme: String) -> Bool {
        Channel.isName(scheme) && scheme.utf8.first.map { (0x61...0x7A).contains($0) } == true && scheme.isPlainWord()
    }

    /// Channels whose addresses are numbers. Elsewhere an id may be all digits too.
    private static let channelsOfNumbers: Set<Channel> = ["sms", "mms", "whatsapp", "rcs"]

    /// The number that it is, as it was written: in digits of any script, with what people write between them.
    var phone: String? {
        Self.channelsOfNumbers.contains(channel) && PhoneNumber.isWritten(value) ? value : nil
    }

    /// The id of a person that it is, as identities name it: `whatsapp_user_id`. Of SMS all that is no number is a sender's fancy name.
    func identity(scope: String) -> Identity? {
        guard channel != "sms", isSomebodys, phone == nil, !value.isEmpty else { return nil }
        return Identity(kind: "\(channel)_user_id", scope: scope, value: value)
    }
}
