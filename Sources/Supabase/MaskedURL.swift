/// A URL in the form that logs, verbs and `doctor` may show.
public enum MaskedURL {
    /// `https://•••@host/path?•••`: the text before the last @ and the query are left out. A password may contain any character, so only
    /// the last @ ends it.
    public static func text(_ url: String) -> String {
        let start = url.firstRange(of: "://")?.upperBound ?? url.startIndex
        let at = url[start...].lastIndex(of: "@")
        let host = url[(at.map { url.index(after: $0) } ?? start)...]
        let end = host.firstIndex { $0 == "?" || $0 == "#" } ?? host.endIndex
        return url[..<start] + (at == nil ? "" : "•••@") + host[..<end] + (end == host.endIndex ? "" : "?•••")
    }
}
