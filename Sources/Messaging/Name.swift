/// A short text with a meaning of its own, so that an account's name cannot be taken for an adapter's.
public protocol Name: RawRepresentable<String>, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Takes any text.
    init(rawValue: String)
}

extension Name {
    /// The name of a text that is only known at run time.
    public init(_ text: String) { self.init(rawValue: text) }
    /// The name that is written in the source.
    public init(stringLiteral text: String) { self.init(rawValue: text) }
    /// The text itself.
    public var description: String { rawValue }
}

/// The kind of an adapter, as in paths and settings: `whatsapp-cloud`, `chat`, `kiosk`.
public struct AdapterKind: Name {
    /// As in paths, settings and tables.
    public let rawValue: String
    /// Takes any text: who reads it from outside checks it.
    public init(rawValue: String) { self.rawValue = rawValue }
}

extension AdapterKind {
    /// Those of our own clients (`SenderKind.client`), who choose the ids of their events and what these are called by; the others' are made by
    /// providers.
    public static let clients: Set<AdapterKind> = ["chat", "kiosk"]
    /// Whether a client of ours posts to it.
    public var isOfClients: Bool { AdapterKind.clients.contains(self) }
}

/// The name of a configured endpoint, unique among those of its adapter.
public struct AccountName: Name {
    /// As in paths, settings and tables.
    public let rawValue: String
    /// Takes any text: who reads it from outside checks it.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// What a person talks through: `whatsapp`, `chat`, `kiosk`. One channel may be reached through several adapters.
public struct Channel: Name {
    /// As in paths, settings and tables.
    public let rawValue: String
    /// Takes any text: who reads it from outside checks it by `isName`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// What `isName` asks for; follows "must be".
    public static let nameRule = "1 to 32 of a-z, 0-9, - and _"

    /// Whether a client or a setting may name a channel so.
    public static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
    }

    /// WhatsApp, by whichever provider.
    public static let whatsapp: Channel = "whatsapp"
    /// A chat widget in a browser.
    public static let chat: Channel = "chat"
    /// A screen that is not the person's own.
    public static let kiosk: Channel = "kiosk"

    /// Those that clients may name wherever nothing else is set.
    public static let documented: [Channel] = [.whatsapp, .chat, .kiosk]
}

/// The business's own address that something was sent to: a phone_number_id, a kiosk.
public struct Line: Name {
    /// As in paths, settings and tables.
    public let rawValue: String
    /// Takes any text: who reads it from outside checks it.
    public init(rawValue: String) { self.rawValue = rawValue }
}
