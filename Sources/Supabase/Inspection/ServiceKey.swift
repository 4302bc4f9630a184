import JSON
import Messaging
import Signing

/// Checks a key by its text alone; only the project knows whether it accepts the key.
public struct ServiceKey: Sendable {
    private let text: String
    private let url: String

    /// `url` is the `SUPABASE_URL` to which the key belongs.
    public init(_ key: Secret, url: String) {
        text = key.revealed.filter { !$0.isWhitespace }
        self.url = url
    }

    /// The result, which never contains the key.
    public func finding(at now: Instant) -> Finding {
        if text.hasPrefix("sb_secret_") { return Finding(.ok, check, "a secret key (sb_secret_)") }
        if text.hasPrefix("sb_publishable_") {
            return Finding(.fail, check, "is the publishable key, which cannot write", advice: advice)
        }
        guard text.hasPrefix("eyJ") else {
            return Finding(.warn, check, "begins neither with sb_secret_ nor with eyJ, unlike Supabase's keys", advice: advice)
        }
        guard let payload else {
            return Finding(.fail, check, "begins like a JWT but is not one: part of it is missing", advice: advice)
        }
        return finding(of: payload, at: now)
    }

    private func finding(of payload: JSON, at now: Instant) -> Finding {
        let role = payload["role"].string ?? "no role"
        guard role == "service_role" else { return Finding(.fail, check, "is the key of \(role), not of service_role", advice: advice) }
        if let expiry = payload["exp"].int.map({ Instant(milliseconds: max(0, min($0, 253_402_300_799)) * 1000) }), expiry <= now {
            return Finding(.fail, check, "expired at \(expiry)", advice: advice)
        }
        if let project = payload["ref"].string, let host = hostedProject, project != host {
            return Finding(.fail, check, "belongs to the project \(project), but supabase.url to \(host)", advice: advice)
        }
        return Finding(.ok, check, "a JWT of service_role")
    }

    private let check = "supabase.service_role_key"
    private let advice = "set SUPABASE_SERVICE_ROLE_KEY to the secret key from Project Settings, API Keys"

    /// The payload of the JWT, unverified; nil if the key is not a JWT.
    private var payload: JSON? {
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 3 else { return nil }
        let base64 = parts[1].replacing("-", with: "+").replacing("_", with: "/")
        let padding = String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
        guard let bytes = Base64.decode(base64 + padding), let json = try? JSON(parsing: bytes), json.kind == .object else { return nil }
        return json
    }

    /// The project's name in the URL of a project that Supabase hosts.
    private var hostedProject: String? { url.firstMatch(of: #/^https:\/\/([a-z0-9]+)\.supabase\.co/#).map { String($0.output.1) } }
}
