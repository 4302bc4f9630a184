/// A person as described by one event: by phone, by ids, or by both.
public struct Party: Sendable, Equatable {
    /// The phone; nil if the provider sends only ids, or a word for nobody.
    public var phone: ReceivedPhone? {
        get { number }
        set { number = newValue.ofSomebody }
    }
    private var number: ReceivedPhone?
    /// The ids that the provider sends, in its order, without those that name nobody.
    public var identities: [Identity] {
        get { ids }
        set { ids = newValue.ofSomebody }
    }
    private var ids: [Identity]
    /// The name that the person chose, cut to `longestName`; it proves nothing.
    public var displayName: String? {
        get { name }
        set { name = newValue.map(Party.cut) }
    }
    private var name: String?

    /// The most bytes of a name that are stored.
    public static let longestName = 256

    /// Whether neither a phone nor an id identifies the person.
    public var isNobody: Bool { phone == nil && identities.isEmpty }

    /// A person with a phone, ids or both. Those that name nobody are left out.
    public init(phone: ReceivedPhone? = nil, identities: [Identity] = [], displayName: String? = nil) {
        number = phone.ofSomebody
        ids = identities.ofSomebody
        name = displayName.map(Party.cut)
    }

    /// The name, cut to as many whole characters as fit.
    private static func cut(_ name: String) -> String {
        guard name.utf8.count > longestName else { return name }
        var view = String.UnicodeScalarView()
        var bytes = 0
        for scalar in name.unicodeScalars {
            bytes += UTF8.width(scalar)
            guard bytes <= longestName else { break }
            view.append(scalar)
        }
        return String(view)
    }
}

/// A number as it was received, never rewritten.
public struct ReceivedPhone: Sendable, Equatable {
    /// The number as it was sent, with or without plus and spaces; U+FFFD replaces U+0000.
    public var text: String

    /// The region of the number if it may be local; nil for providers that always send international numbers, with or without plus.
    public var region: String?

    /// A number, international unless a region is given.
    public init(_ text: String, region: String? = nil) {
        self.text = text.storable
        self.region = region
    }
}

/// An identifier of a contact other than a phone in E.164: a provider's id of a person, or a number as received.
public struct Identity: Sendable, Hashable {
    /// The kind of the value, unique among all providers.
    public var kind: String
    /// The scope within which the value is unique: an account, a region.
    public var scope: String
    /// The value as the provider wrote it; U+FFFD replaces U+0000.
    public var value: String

    /// The most bytes of a value that is stored unchanged. Of a longer value, its beginning and a digest are the key of its contact.
    public static let longestValue = 256
    /// Whether the value is short enough to be stored unchanged.
    public var isOfLength: Bool { value.utf8.count <= Identity.longestValue }

    /// An identity; the same kind, scope and value identify the same person.
    public init(kind: String, scope: String, value: String) {
        self.kind = kind
        self.scope = scope
        self.value = value.storable
    }

    /// Compares bytes, as the databases do.
    public static func == (one: Identity, other: Identity) -> Bool {
        one.value.isExactly(other.value) && one.kind.isExactly(other.kind) && one.scope.isExactly(other.scope)
    }

    /// Hashes the value only: few identities with the same value differ in kind or scope.
    public func hash(into hasher: inout Hasher) { hasher.combine(value) }
}

extension [Identity] {
    /// The identities that can be a person's.
    var ofSomebody: [Identity] { allSatisfy(\.value.namesSomebody) ? self : filter(\.value.namesSomebody) }
}

extension ReceivedPhone? {
    /// The number, if it can be a person's.
    var ofSomebody: ReceivedPhone? { flatMap { $0.isSomebodys ? $0 : nil } }
}
