import Messaging

/// An address of Twilio's: a number, or `whatsapp:`, `rcs:`, `messenger:`, `client:` and a number or id.
struct Address {
    /// SMS where the address names no channel.
    let channel: Channel
    /// Without the channel.
    let value: String

    init(_ text: String) {
        if let colon = text.firstIndex(of: ":"), Channel.isName(String(text[..<colon])) {
            channel = Channel(String(text[..<colon]))
            value = String(text[text.index(after: colon)...])
        } else {
            channel = "sms"
            value = text
        }
    }

    /// Channels whose addresses are numbers. Elsewhere an id may be all digits too.
    private static let channelsOfNumbers: Set<Channel> = ["sms", "mms", "whatsapp", "rcs"]

    /// The number that it is.
    var phone: String? {
        guard Self.channelsOfNumbers.contains(channel) else { return nil }
        let digits = value.hasPrefix("+") ? value.dropFirst() : value[...]
        return !digits.isEmpty && digits.utf8.allSatisfy { (0x30...0x39).contains($0) } ? value : nil
    }

    /// The id of a person that it is, as identities name it: `whatsapp_user_id`. Of SMS all that is no number is a sender's fancy name.
    func identity(scope: String) -> Identity? {
        guard channel != "sms", phone == nil, !value.isEmpty else { return nil }
        return Identity(kind: "\(channel)_user_id", scope: scope, value: value)
    }
}
