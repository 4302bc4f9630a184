/// What is known of a session's token before anybody is asked about it, and what is kept of it afterwards.
public enum SessionToken {
    /// The header that shows it, in lower case.
    public static let header = "x-session-token"

    /// Whether a text may be a token: ours have 43 characters, those of tables that were made by hand may be UUIDs or the like.
    ///
    /// 8 to 256 letters, digits and `-._~+/=:`. Whatever else is shown is nobody's, and costs no look-up.
    public static func isPossible(_ text: String) -> Bool {
        (8...256).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case 0x30...0x3A, 0x41...0x5A, 0x61...0x7A, 0x2B, 0x2D, 0x2E, 0x2F, 0x3D, 0x5F, 0x7E: true
                default: false
                }
            }
    }

    /// What a kept delivery has in the header: that there was a token, and whose session it was of where that is known.
    public static func mark(owner: ContactID?) -> String { owner.map { "\(hidden) \($0)" } ?? hidden }

    /// No token has these characters.
    fileprivate static let hidden = "•••"
}

extension Delivery {
    /// Whether the session's token that proved it is not kept any more.
    public var hasHiddenToken: Bool { header(SessionToken.header)?.hasPrefix(SessionToken.hidden) ?? false }

    /// Of a kept delivery the contact whose session's token proved it; nil where a signature did, or nothing tells.
    public var tokenOwner: ContactID? {
        guard let mark = header(SessionToken.header), mark.hasPrefix(SessionToken.hidden) else { return nil }
        return ContactID(String(mark.dropFirst(SessionToken.hidden.count + 1)))
    }
}
