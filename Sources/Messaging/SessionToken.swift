/// The rules for a session's token before it is looked up, and the mark that replaces it in stored deliveries.
public enum SessionToken {
    /// The header that contains the token, in lower case.
    public static let header = "x-session-token"

    /// Whether a text can be a token: 8 to 256 letters, digits and `-._~+/=:`. Anything else is refused without a look-up.
    ///
    /// Our tokens have 43 characters; those of tables that were made by hand may be UUIDs or similar.
    public static func isPossible(_ text: String) -> Bool {
        (8...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x3D, 0x5F, 0x7E: true
                default: false
                }
            }
    }

    /// The header's value in a stored delivery: it says that there was a token, and names the session's contact if known.
    public static func mark(owner: ContactID?) -> String { owner.map { "\(hidden) \($0)" } ?? hidden }

    /// Characters that no token contains.
    fileprivate static let hidden = "•••"
}

extension Delivery {
    /// Whether the session's token that authenticated the delivery has been replaced by a mark.
    public var hasHiddenToken: Bool { header(SessionToken.header)?.hasPrefix(SessionToken.hidden) ?? false }

    /// The contact whose session's token authenticated a stored delivery; nil if a signature did, or if the mark names nobody.
    public var tokenOwner: ContactID? {
        guard let mark = header(SessionToken.header), mark.hasPrefix(SessionToken.hidden) else { return nil }
        return ContactID(String(mark.dropFirst(SessionToken.hidden.count + 1)))
    }
}
