/// A short text with a type of its own, so that for example an account's name cannot be used as an adapter's.
public protocol Name: RawRepresentable<String>, Hashable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Takes any text.
    init(rawValue: String)
}

extension Name {
    /// A name whose text is only known at run time.
    public init(_ text: String) { self.init(rawValue: text) }
    /// A name that is written in the source.
    public init(stringLiteral text: String) { self.init(rawValue: text) }
    /// The text itself.
    public var description: String { rawValue }
}

/// The kind of an adapter, as in paths and settings: `whatsapp-cloud`, `chat`, `kiosk`.
public struct AdapterKind: Name {
    /// The text as it stands in paths, settings and tables.
    public let rawValue: String
    /// Takes any text; code that reads it from outside must check it.
    public init(rawValue: String) { self.rawValue = rawValue }
}

extension AdapterKind {
    /// The adapters of our own clients (`SenderKind.client`), who choose ids and names of their events. All others belong to providers.
    public static let clients: Set<AdapterKind> = ["chat", "kiosk"]
    /// Whether our own clients post to it.
    public var isOfClients: Bool { AdapterKind.clients.contains(self) }
}

/// The name of a configured endpoint, unique among those of its adapter.
public struct AccountName: Name {
    /// The text as it stands in paths, settings and tables.
    public let rawValue: String
    /// Takes any text; code that reads it from outside must check it.
    public init(rawValue: String) { self.rawValue = rawValue }
}

/// The medium that a person uses: `whatsapp`, `chat`, `kiosk`. Several adapters may serve one channel.
public struct Channel: Name {
    /// The text as it stands in paths, settings and tables.
    public let rawValue: String
    /// Takes any text; code that reads it from outside must check it by `isName`.
    public init(rawValue: String) { self.rawValue = rawValue }

    /// What `isName` requires; follows "must be".
    public static let nameRule = "1 to 32 of a-z, 0-9, - and _"

    /// Whether a client or a setting may use this text as a channel's name.
    public static func isName(_ text: String) -> Bool {
        (1...32).contains(text.utf8.count)
            && text.utf8.allSatisfy { (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x2D || $0 == 0x5F }
    }

    /// WhatsApp, through any provider.
    public static let whatsapp: Channel = "whatsapp"
    /// A chat widget in a browser.
    public static let chat: Channel = "chat"
    /// A screen that many people use, such as one in a lobby.
    public static let kiosk: Channel = "kiosk"

    /// The channels that clients may name if the settings have no others.
    public static let documented: [Channel] = [.whatsapp, .chat, .kiosk]
}

/// The business's own address to which something was sent: a phone_number_id, a kiosk.
public struct Line: Name {
    /// The text as it stands in paths, settings and tables.
    public let rawValue: String
    /// Takes any text; code that reads it from outside must check it.
    public init(rawValue: String) { self.rawValue = rawValue }
}
