import Messaging

/// Active sessions of a table made by hand that their clients cannot use: no instance can read their times, or none accepts their token.
public struct UnusableSessions: Sendable, Equatable {
    /// The number with a time that is infinite or outside the years 1 to 9999.
    public var badTimes: Int
    /// The number with an invalid token (`SessionToken.isPossible`).
    public var badTokens: Int

    /// Numbers that were counted elsewhere.
    public init(badTimes: Int, badTokens: Int) {
        self.badTimes = badTimes
        self.badTokens = badTokens
    }

    /// SQL that, after a time, says whether every program can read it.
    static let isReadable = "between '0001-01-01 00:00:00Z' and '9999-12-31 23:59:59.999Z'"
    private static let hasBadTime = ["created_at", "last_activity", "expires_at"].map {
        "\($0) not \(isReadable)"
    }.joined(separator: " or ")
    /// SQL that selects rows with an invalid token.
    static let hasBadToken = "octet_length(session_token) not between 8 and 256 or session_token ~ '[^0-9A-Za-z+./:=_~-]'"

    /// The description of this many active sessions with an invalid token.
    static func badTokens(_ count: Int) -> String {
        "\(count) active session\(count == 1 ? " has" : "s have") a token that Switchboard refuses: "
            + "a token has 8 to 256 letters, digits or -._~+/=:"
    }

    /// The query of both numbers, in one row.
    static func query(in schema: SchemaName) -> String {
        """
        select count(*) filter (where \(hasBadTime)), count(*) filter (where \(hasBadToken)) from \(schema).sessions where status = 'active'
        """
    }

    /// One finding for each kind that occurs, or one that all is well.
    func findings(in schema: SchemaName) -> [Finding] {
        guard badTimes + badTokens > 0 else { return [Finding(.ok, "supabase.sessions", "all active sessions can be used")] }
        return [
            badTimes > 0
                ? finding(
                    "\(badTimes) active session\(badTimes == 1 ? " has" : "s have") a time that is infinite or outside the years 1 to "
                        + "9999: no client can get it",
                    "end them: update \(schema).sessions set status = 'expired' where status = 'active' and (\(Self.hasBadTime));") : nil,
            badTokens > 0
                ? finding(
                    Self.badTokens(badTokens),
                    "give them new tokens: update \(schema).sessions set session_token = \(schema.internalName).new_token() "
                        + "where status = 'active' and (\(Self.hasBadToken));") : nil,
        ].compactMap(\.self)
    }

    private func finding(_ message: String, _ advice: String) -> Finding {
        Finding(.fail, "supabase.sessions", message, advice: advice)
    }
}
