import HTTPTypes
import Hummingbird

/// The cookie that carries the id of a console's session.
enum ConsoleCookie {
    private static let name = "switchboard-console"
    /// Browsers accept this name only in a cookie that is secure, of this host alone, and for all its paths.
    private static let secureName = "__Host-switchboard-console"

    /// Repeats the session's CSRF token in requests that change something.
    static let csrfHeader = "X-CSRF-Token"
    /// Marks requests that the page makes by itself, which do not count as use of the session.
    static let backgroundHeader = "X-Console-Background"

    static func setting(_ id: String, isSecure: Bool) -> String {
        let seconds = ConsoleSessions.duration.components.seconds
        return "\(isSecure ? secureName : name)=\(id); Path=/; Max-Age=\(seconds); HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    static func clearing(isSecure: Bool) -> String {
        "\(isSecure ? secureName : name)=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict" + (isSecure ? "; Secure" : "")
    }

    /// The session's id in a request; nil if it has none, or several that differ.
    static func id(of request: Request) -> String? {
        let pairs = request.headers[values: .cookie].joined(separator: ";").split(separator: ";").map { (pair: Substring) in
            pair.drop { $0 == " " }.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
        }
        for name in [secureName, name] {
            let ids = Set(pairs.filter { $0.count == 2 && $0[0] == name }.map { $0[1] })
            if ids.count == 1 { return ids.first }
            if ids.count > 1 { return nil }
        }
        return nil
    }

    /// Throws 403 if a browser says that another site's page made the request. Pages on another port of the same host are such, too:
    /// cookies do not tell ports apart.
    static func checkSite(of request: Request) throws(Problem) {
        guard let site = HTTPField.Name("Sec-Fetch-Site").flatMap({ request.headers[$0] }), site != "same-origin", site != "none" else {
            return
        }
        throw Problem(.forbidden, detail: "the console's cookie counts only for requests of its own page")
    }
}
