import JSON
import Messaging

/// What the answers of the Graph API mean, and what to do.
enum GraphFindings {
    static let noToken = Finding(
        .warn, "meta.token", "graph_token is not set, so Meta was not asked about this account",
        advice: "set graph_token (Docs/WhatsApp.md, Permanent token): doctor then reports whether the token is valid and until when, "
            + "whether the app is subscribed to the WhatsApp Business Account and to the field messages, to which URL Meta posts, and the state of "
            + "each number")

    static let invalidToken = Finding(
        .fail, "meta.token", "Meta refuses graph_token: it is invalid, expired or revoked",
        advice: "create a permanent token of a system user (Docs/WhatsApp.md, Permanent token), and set graph_token to it")

    static let noApp = Finding(
        .warn, "meta.fields", "the id of the app is unknown, so its subscriptions were not read",
        advice: "set app_id: the App ID in the app dashboard, App settings, Basic")

    static let noBusinessAccount = Finding(
        .warn, "meta.subscription", "the id of the WhatsApp Business Account is unknown, so its subscriptions were not read",
        advice: "set waba_id: the WhatsApp Business Account ID in the app dashboard, WhatsApp, API Setup")

    static let noCallback = Finding(
        .fail, "meta.fields", "the app has no callback URL for WhatsApp and is subscribed to no field",
        advice: "enter callback URL and verify token in the app dashboard: WhatsApp, Configuration; then subscribe to the field messages")

    static func unreachable(_ reason: String) -> Finding {
        Finding(
            .warn, "meta.api", "Meta's API does not answer: \(reason)",
            advice: "check api_url, and whether this machine may connect to it; the other findings are complete without it")
    }

    static func otherApp(ofToken id: String, configured: String) -> Finding {
        Finding(
            .warn, "meta.token", "graph_token belongs to the app \(id), app_id names \(configured)",
            advice: "create the token for the app that receives the webhooks, or correct app_id")
    }

    // MARK: The token

    static func token(_ failure: GraphFailure) -> Finding {
        guard !failure.isOfToken else { return invalidToken }
        return Finding(
            .warn, "meta.token", "Meta does not say what graph_token may do: \(failure)",
            advice: "set app_id: an app may ask about its own tokens")
    }

    /// `whatsapp_business_management` reads the settings, and `whatsapp_business_messaging` is needed for webhooks of messages ("WhatsApp
    /// permissions", developers.facebook.com, updated 2026-07-01, read 2026-11-28). `expires_at` is 0 for a token that never expires.
    static func token(_ data: JSON, at now: Instant) -> [Finding] {
        let scopes = Set(data["scopes"].elements.compactMap(\.string))
        var findings: [Finding] = []
        let end = data["expires_at"].int.flatMap { seconds in
            (1...9_999_999_999).contains(seconds) ? Instant(milliseconds: seconds * 1000) : nil
        }
        let days = end.map { $0.since(now).components.seconds / 86_400 }
        let until = end.map { "until \($0)" } ?? "and never expires"
        if let days, days < 14 {
            findings.append(
                Finding(
                    .warn, "meta.token", "graph_token is valid \(until) only",
                    advice: "create a permanent token of a system user (Docs/WhatsApp.md, Permanent token): that of the API Setup page "
                        + "expires"))
        } else {
            findings.append(Finding(.ok, "meta.token", "graph_token is valid \(until)"))
        }
        let missing = ["whatsapp_business_management", "whatsapp_business_messaging"].filter { !scopes.contains($0) }
        if !missing.isEmpty {
            findings.append(
                Finding(
                    .warn, "meta.scopes", "graph_token lacks the permission \(missing.joined(separator: " and "))",
                    advice: "create the token again with both permissions, whatsapp_business_management and whatsapp_business_messaging"))
        } else {
            findings.append(Finding(.ok, "meta.scopes", "graph_token has the permissions for WhatsApp"))
        }
        return findings
    }

    // MARK: The app

    static func secret(_ failure: GraphFailure, app: String) -> Finding {
        guard failure.isOfToken else { return refused(failure, "the subscriptions of the app \(app)") }
        return Finding(
            .fail, "meta.secret", "secrets does not contain the app secret of the app \(app): every webhook of this app is answered 401",
            advice:
                "copy the App secret of the app dashboard (App settings, Basic) to secrets; if another app sends the webhooks, set app_id")
    }

    static func goodSecret(_ index: Int, app: String) -> Finding {
        Finding(.ok, "meta.secret", "secrets[\(index)] is the app secret of the app \(app)")
    }

    /// A subscription of an app without `fields` is one to no field.
    static func subscription(_ subscription: JSON) -> [Finding] {
        let fields = subscription["fields"].elements.compactMap { $0["name"].string ?? $0.string }.sorted()
        guard subscription["active"].bool != false else {
            return [
                Finding(
                    .fail, "meta.fields", "Meta has disabled the app's webhook",
                    advice: "enter the callback URL again in the app dashboard: WhatsApp, Configuration; Meta verifies it at once")
            ]
        }
        guard fields.contains("messages") else {
            let others = fields.isEmpty ? "no field" : "only " + fields.joined(separator: ", ")
            return [
                Finding(
                    .fail, "meta.fields", "the app is not subscribed to the field messages, but to \(others)",
                    advice: "subscribe to messages in the app dashboard: WhatsApp, Configuration, Webhook fields")
            ]
        }
        return [Finding(.ok, "meta.fields", "the app is subscribed to the fields \(fields.joined(separator: ", "))")]
    }

    // MARK: The business account and its numbers

    static func refused(_ failure: GraphFailure, _ what: String) -> Finding {
        Finding(
            .warn, "meta.api", "Meta does not show \(what): \(failure)",
            advice: failure.isOfAccess
                ? "check the id, and give the token's system user access to it (Business settings, System users, Assign assets)"
                : "try again later")
    }

    static func notSubscribed(waba: String, app: String?, others: Int) -> Finding {
        let name = app.map { "the app \($0)" } ?? "no app"
        let more = others == 0 || app == nil ? "" : ", others are"
        return Finding(
            .fail, "meta.subscription",
            app == nil
                ? "\(name) is subscribed to the WhatsApp Business Account \(waba): it sends no webhooks"
                : "\(name) is not subscribed to the WhatsApp Business Account \(waba)\(more): Meta sends it no webhooks",
            advice: "subscribe it: POST /\(waba)/subscribed_apps with a token of the app (Docs/WhatsApp.md, Subscription)")
    }

    static func noNumbers(waba: String) -> Finding {
        Finding(
            .warn, "meta.number", "the WhatsApp Business Account \(waba) has no numbers",
            advice: "check waba_id, or add a number in the app dashboard: WhatsApp, API Setup")
    }

    /// The number by its id and verified name; the phone itself is not shown.
    static func name(of number: JSON) -> String {
        let id = number["id"].stringOrNumber ?? "unknown"
        return "the number \(id)" + (number["verified_name"].string.map { " (\($0.prefix(60)))" } ?? "")
    }

    /// The states of a number, and its registration, are those of "Business phone numbers" (developers.facebook.com, read 2026-11-28). An
    /// unknown state is reported as it is.
    static func number(_ number: JSON, name: String) -> Finding {
        let status = number["status"].string ?? "UNKNOWN"
        let platform = number["platform_type"].string
        let quality = number["quality_rating"].string.map { ", quality \($0)" } ?? ""
        let throughput = number["throughput"]["level"].string.map { ", throughput \($0)" } ?? ""
        if let platform, platform != "CLOUD_API" {
            return Finding(
                .fail, "meta.number", "\(name) is not registered for the Cloud API (\(platform))",
                advice: "register it: POST /PHONE_NUMBER_ID/register with its PIN")
        }
        guard status == "CONNECTED" else {
            return Finding(
                ["FLAGGED", "RESTRICTED", "RATE_LIMITED", "UNKNOWN"].contains(status) ? .warn : .fail, "meta.number",
                "\(name) is not connected: \(status)\(quality)\(throughput)",
                advice: status == "PENDING" || status == "UNVERIFIED" || status == "OFFLINE" || status == "DISCONNECTED"
                    ? "finish its registration: POST /PHONE_NUMBER_ID/register with its PIN"
                    : "see the number in WhatsApp Manager, which says why and how to appeal")
        }
        return Finding(.ok, "meta.number", "\(name) is connected\(quality)\(throughput)")
    }
}

/// An error in the Graph API's form: `{"error":{"message","type","code","error_subcode"}}` ("Handling Errors", Graph API, read 2026-11-28).
struct GraphFailure: CustomStringConvertible {
    private let status: Int
    private let code: Int64?
    private let message: String

    /// Nil for a successful answer.
    init?(status: Int, _ json: JSON) {
        let error = json["error"]
        guard status >= 400 || error.isPresent || json.kind != .object else { return nil }
        self.status = status
        code = error["code"].int
        message = error["message"].string.map { String($0.prefix(200)) } ?? "the answer is not one of the Graph API"
    }

    /// Whether the token, or the app's secret in it, is wrong: 190, and 101 for an unknown app. The messages of these may repeat the token.
    var isOfToken: Bool { code == 190 || code == 101 || code == 102 }
    /// Whether the id is unknown or not accessible: 10, 100, and 200 to 299.
    var isOfAccess: Bool { code.map { $0 == 10 || $0 == 100 || (200...299).contains($0) || $0 == 190 } ?? false }

    var description: String {
        isOfToken ? "the token is refused (code \(code ?? 0))" : "\(message) (HTTP \(status)\(code.map { ", code \($0)" } ?? ""))"
    }
}
