/// The names by which a machine addresses itself; they never lead to another machine.
public enum Loopback {
    /// Whether a host is this machine: `localhost`, `127.0.0.1` and the rest of 127.0.0.0/8, `::1`.
    public static func isHost(_ host: String) -> Bool {
        if host.lowercased() == "localhost" || host == "::1" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        return octets.count == 4 && octets[0] == 127 && !octets.contains(nil)
    }

    /// Whether a request's host is this machine, with or without a port: `localhost:8000`, `[::1]:8000`.
    static func isAuthority(_ authority: String) -> Bool {
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { return false }
            return isHost(String(authority[authority.index(after: authority.startIndex)..<end]))
                && isPort(authority[authority.index(after: end)...])
        }
        let host = authority.prefix { $0 != ":" }
        return isHost(String(host)) && isPort(authority[host.endIndex...])
    }

    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.dropFirst().allSatisfy { $0.isASCII && $0.isNumber }
    }
}
