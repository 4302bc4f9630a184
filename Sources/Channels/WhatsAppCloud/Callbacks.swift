import Messaging

/// The callback URLs that Meta knows for one app. The number's takes precedence over the business account's, and that over the app's
/// ("Webhook overrides", developers.facebook.com, updated 2026-06-28, read 2026-11-28).
struct Callbacks {
    /// The app's own.
    var app: String?
    /// Those that override it, by business account.
    var accounts: [String: String] = [:]
    /// The business accounts to which the app is subscribed.
    var knownAccounts: [String] = []
    var numbers: [Number] = []

    /// The URLs of one number, as far as they are set.
    struct Number {
        let name: String
        let own: String?
        let ofAccount: String?
        let ofApp: String?
    }

    /// One finding per number; if no number is known, one per business account, else one for the app. `path` is that of the account.
    func findings(expecting expected: WebhookAddress, path: String) -> [Finding] {
        var findings = numbers.map { number in
            finding(
                "messages to \(number.name)", [(number.own, "number"), (number.ofAccount, "account"), (number.ofApp ?? app, "app")],
                expected, path)
        }
        if numbers.isEmpty {
            findings = knownAccounts.map { waba in
                finding("messages to the WhatsApp Business Account \(waba)", [(accounts[waba], "account"), (app, "app")], expected, path)
            }
        }
        if findings.isEmpty, app != nil { findings = [finding("webhooks", [(app, "app")], expected, path)] }
        return findings.compactMap(\.self)
    }

    private static let places = [
        "number": "an override of the number", "account": "an override of the WhatsApp Business Account",
        "app": "the callback URL of the app",
    ]

    /// Nil if no URL is known.
    private func finding(
        _ what: String, _ levels: [(url: String?, place: String)], _ expected: WebhookAddress, _ path: String
    ) -> Finding? {
        guard let level = levels.first(where: { $0.url?.isEmpty == false }), let url = level.url else { return nil }
        let (actual, source) = (WebhookAddress(url), Self.places[level.place] ?? "")
        guard actual != expected else {
            return Finding(.ok, "meta.callback", "Meta posts \(what) to this account's URL (\(source))")
        }
        let advice =
            switch level.place {
            case "number":
                #"remove it: POST /PHONE_NUMBER_ID with {"webhook_configuration":{"override_callback_uri":""}}, or set it to \#(expected)"#
            case "account": "remove it: POST /WABA_ID/subscribed_apps without a body, or set it to \(expected)"
            default:
                "enter \(expected) as Callback URL in the app dashboard: WhatsApp, Configuration; if that URL is the right one, set public_url"
            }
        return Finding(.fail, "meta.callback", "Meta posts \(what) to \(actual), not to \(expected): \(source)", advice: advice)
    }
}
