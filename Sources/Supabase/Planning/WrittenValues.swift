import Messaging

/// Short descriptions of the values that Switchboard writes into some columns, for projects that have checks of their own on them.
enum WrittenValues {
    /// `inbound, outbound`; nil for a column without a short description.
    static func text(of column: String, in table: String) -> String? {
        switch (table, column) {
        case ("sessions", "session_token"):
            "43 of A–Z, a–z, 0–9, - and _ in tokens of its own, 8 to 256 letters, digits and -._~+/=: in those of yours"
        case ("sessions", "status"): words(of: Session.Status.self)
        case ("messages", "type"): words(of: MessageType.self)
        case ("messages", "direction"): "inbound, outbound"
        case ("message_statuses", "status"): "the provider's own word: sent, delivered, read, failed and others"
        case ("events", "type"): "the word that the provider or the client has for it"
        case (_, "channel"): "any word of \(Channel.nameRule) that an account or a client names"
        default: nil
        }
    }

    private static func words<Word: CaseIterable & RawRepresentable<String>>(of type: Word.Type) -> String {
        type.allCases.map(\.rawValue).joined(separator: ", ")
    }
}
