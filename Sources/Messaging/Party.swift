/// A person as one event shows them: by phone, by ids, or by both.
public struct Party: Sendable, Equatable {
    /// Nil where the provider shows ids alone, or a word of nobody's.
    public var phone: ReceivedPhone? {
        get { number }
        set { number = newValue.ofSomebody }
    }
    private var number: ReceivedPhone?
    /// Ids that the provider shows, in its order, without those that are nobody's.
    public var identities: [Identity] {
        get { ids }
        set { ids = newValue.ofSomebody }
    }
    private var ids: [Identity]
    /// What the person calls themselves, cut where it is longer than `longestName`; proves nothing.
    public var displayName: String? {
        get { name }
        set { name = newValue.map(Party.cut) }
    }
    private var name: String?

    /// The most bytes of a name that are kept.
    public static let longestName = 256

    /// Whether nothing says who it is.
    public var isNobody: Bool { phone == nil && identities.isEmpty }

    /// A person of whom at least a phone or an id is known. What is nobody's is left out.
    public init(phone: ReceivedPhone? = nil, identities: [Identity] = [], displayName: String? = nil) {
        number = phone.ofSomebody
        ids = identities.ofSomebody
        name = displayName.map(Party.cut)
    }

    /// As many whole characters as fit.
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
    /// As it was sent: with plus, spaces or neither; U+FFFD stands for U+0000.
    public var text: String

    /// Where the number belongs if it is local; nil for providers that always send full international numbers, plus or not.
    public var region: String?

    /// A full international number unless a region is given.
    public init(_ text: String, region: String? = nil) {
        self.text = text.storable
        self.region = region
    }
}

/// What leads to a contact, other than a phone in E.164: a provider's id of a person, or a number as received.
public struct Identity: Sendable, Hashable {
    /// What the value is, unique among all providers.
    public var kind: String
    /// Where the value is unique: an account, a region.
    public var scope: String
    /// As the provider wrote it; U+FFFD stands for U+0000.
    public var value: String

    /// The most bytes of a value that is stored as it is: of a longer one its beginning and a digest are the key by which its contact is found.
    public static let longestValue = 256
    /// Whether the value is stored as it is.
    public var isOfLength: Bool { value.utf8.count <= Identity.longestValue }

    /// An id; the same kind, scope and value are the same person.
    public init(kind: String, scope: String, value: String) {
        self.kind = kind
        self.scope = scope
        self.value = value.storable
    }

    /// By their bytes, as they are stored.
    public static func == (one: Identity, other: Identity) -> Bool {
        one.value.isExactly(other.value) && one.kind.isExactly(other.kind) && one.scope.isExactly(other.scope)
    }
}

extension [Identity] {
    /// Those that can be somebody's.
    var ofSomebody: [Identity] { allSatisfy(\.value.namesSomebody) ? self : filter(\.value.namesSomebody) }
}

extension ReceivedPhone? {
    /// The number, where it can be somebody's.
    var ofSomebody: ReceivedPhone? { flatMap { $0.isSomebodys ? $0 : nil } }
}
