import HTTPTypes
import Hummingbird
import NIOCore

/// Meta's Graph API over loopback, in the forms of its documentation ("Debug-Token", "Subscriptions Edge", "Webhook overrides", "Business
/// phone numbers"; developers.facebook.com, read 2026-11-28). It refuses each request that has not the token for it.
struct GraphStandIn: Sendable {
    static let token = "EAAB-a-token-that-nobody-may-see"
    static let app = "670843887433847"
    static let waba = "102290129340398"

    /// The secret of the app.
    let secret: String
    /// The answers by path; a text of three digits in front is the status.
    var answers: [String: String]

    /// One whose app posts to `url`.
    init(secret: String, url: String) {
        self.secret = secret
        answers = [
            "debug_token": """
            {"data":{"app_id":"\(Self.app)","expires_at":0,"is_valid":true,
            "scopes":["whatsapp_business_management","whatsapp_business_messaging"],
            "granular_scopes":[{"scope":"whatsapp_business_management","target_ids":["\(Self.waba)"]}]}}
            """,
            "\(Self.app)/subscriptions": """
            {"data":[{"object":"whatsapp_business_account","callback_url":"\(url)","active":true,
            "fields":[{"name":"messages","version":"v26.0"},{"name":"account_update","version":"v26.0"}]}]}
            """,
            "\(Self.waba)/subscribed_apps": #"{"data":[{"whatsapp_business_api_data":{"id":"\#(Self.app)","name":"Lucky Shrub"}}]}"#,
            "\(Self.waba)/phone_numbers": """
            {"data":[{"id":"106540352242922","verified_name":"Lucky Shrub","status":"CONNECTED","quality_rating":"GREEN",
            "throughput":{"level":"STANDARD"},"platform_type":"CLOUD_API","webhook_configuration":{"application":"\(url)"}}]}
            """,
        ]
    }

    /// The same with something replaced in one answer.
    func with(_ path: String, _ old: String, _ new: String) -> GraphStandIn {
        var other = self
        other.answers[path] = answers[path]?.replacing(old, with: new)
        return other
    }

    /// The same with another answer.
    func with(_ path: String, answer: String) -> GraphStandIn {
        var other = self
        other.answers[path] = answer
        return other
    }

    var responder: CallbackResponder<BasicRequestContext> {
        CallbackResponder { request, _ in
            let path = String(request.uri.path.dropFirst("/v26.0/".count))
            let expected = path.hasSuffix("/subscriptions") ? "\(Self.app)|\(secret)" : Self.token
            let isKnown = request.headers[.authorization] == "Bearer \(expected)"
            let refusal = #"400{"error":{"message":"Malformed access token \#(Self.token)","type":"OAuthException","code":190}}"#
            let answer = isKnown ? answers[path] ?? #"400{"error":{"message":"Unsupported get request","code":100}}"# : refusal
            let status = Int(answer.prefix(3))
            let body = status == nil ? answer : String(answer.dropFirst(3))
            return Response(status: .init(code: status ?? 200), body: .init(byteBuffer: ByteBuffer(string: body)))
        }
    }
}
