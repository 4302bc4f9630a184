import JSON
import Messaging

/// Asks 360dialog to which URL it posts the webhooks of a number: `GET /v1/configs/webhook`, which answers `{url, headers}`, with the
/// number's API key in `D360-API-KEY` ("Webhooks", Messaging API Reference, docs.360dialog.com, read 2026-11-28).
struct Dialog360Inquiry: ProviderInquiry {
    /// The production server ("Webhooks", Messaging API Reference).
    static let defaultURL = "https://waba-v2.360dialog.io"
    static let settings = [APISetting("api_url", .url), APISetting("api_key", .secret)]

    private let account: Account
    private let header: String?
    private var isAsked = false
    private(set) var findings: [Finding] = []

    /// Without a key the only finding says what could be asked with one.
    init(_ account: Account) {
        self.account = account
        header = account.secretHeader
        guard account.api["api_key"] == nil else { return }
        isAsked = true
        findings = [
            Finding(
                .warn, "360dialog.webhook", "api_key is not set, so 360dialog was not asked about this account",
                advice: "set api_key to the number's D360-API-KEY: doctor then reports to which URL 360dialog posts")
        ]
    }

    mutating func next() -> ProviderQuestion? {
        guard !isAsked, let key = account.api["api_key"]?.revealed else { return nil }
        isAsked = true
        let base = account.api["api_url"]?.revealed ?? Self.defaultURL
        return ProviderQuestion(url: "\(base)/v1/configs/webhook", headers: [Delivery.Header("d360-api-key", key)])
    }

    mutating func take(_ answer: ProviderAnswer) {
        switch answer {
        case .failed(let reason):
            findings.append(
                Finding(
                    .warn, "360dialog.api", "360dialog's API does not answer: \(reason)",
                    advice: "check api_url, and whether this machine may connect to it"))
        case .answered(200, let json): findings += webhook(json)
        case .answered(401, _), .answered(403, _):
            findings.append(
                Finding(
                    .fail, "360dialog.api", "360dialog refuses api_key",
                    advice: "create an API key for the number in the 360dialog Hub, and set api_key to it; it replaces the previous one"))
        case .answered(let status, _):
            findings.append(
                Finding(
                    .warn, "360dialog.api", "360dialog answers \(status) to the question for the webhook", advice: "try again later"))
        }
    }

    private func webhook(_ json: JSON) -> [Finding] {
        let expected = WebhookAddress(account.webhookURL)
        guard let url = json["url"].string, !url.isEmpty else {
            return [
                Finding(
                    .fail, "360dialog.webhook", "the number has no webhook URL of its own at 360dialog",
                    advice: "set \(expected) as its webhook in the 360dialog Hub, unless the whole WhatsApp Business Account has one")
            ]
        }
        guard WebhookAddress(url) == expected else {
            return [
                Finding(
                    .fail, "360dialog.webhook", "360dialog posts to \(WebhookAddress(url)), not to \(expected)",
                    advice: "set \(expected) as the number's webhook in the 360dialog Hub")
            ]
        }
        let posts = Finding(.ok, "360dialog.webhook", "360dialog posts to this account's URL")
        guard let header else { return [posts] }
        let isSent = json["headers"].members.contains { $0.key.lowercased() == header }
        return isSent
            ? [posts, Finding(.ok, "360dialog.headers", "360dialog sends the header \(header)")]
            : [
                posts,
                Finding(
                    .fail, "360dialog.headers", "360dialog does not send the header \(header), so its webhooks are answered 401",
                    advice: "add the header \(header) with the account's secret to the number's webhook in the 360dialog Hub"),
            ]
    }
}
