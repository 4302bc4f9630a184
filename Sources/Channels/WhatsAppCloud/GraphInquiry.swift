import JSON
import Messaging

/// Asks Meta's Graph API why no webhooks arrive at an account ("Webhook overrides", updated 2026-06-28; "Managing Webhooks", 2026-05-21;
/// "Debug-Token", "Subscriptions Edge"; developers.facebook.com, all read 2026-11-28).
///
/// It asks in the order in which a webhook depends on the answers: the token, the app's subscriptions, the WhatsApp Business Account, its
/// numbers. Meta posts to the callback URL of the number, else of the business account, else of the app.
struct GraphInquiry: ProviderInquiry {
    /// The latest version on 2026-11-28 ("Changelog", Graph API).
    static let defaultURL = "https://graph.facebook.com/v26.0"
    static let settings = [
        APISetting("api_url", .url), APISetting("graph_token", .secret), APISetting("app_id", .id), APISetting("waba_id", .id),
        APISetting("phone_number_id", .id),
    ]

    private enum Question {
        case token
        /// With the app's secret at this index.
        case subscriptions(secret: Int)
        case apps(waba: String)
        case numbers(waba: String)
        case number
    }

    private let account: Account
    private let token: String
    private let now: Instant
    private var pending: [Question]
    private var current: Question?
    private(set) var findings: [Finding] = []

    /// The app that receives the webhooks, as far as it is known.
    private var appID: String?
    private var callbacks = Callbacks()

    /// Without a token the only finding says what could be asked with one.
    init(_ account: Account, at now: Instant) {
        self.account = account
        self.now = now
        token = account.api["graph_token"]?.revealed ?? ""
        appID = account.api["app_id"]?.revealed
        pending = token.isEmpty ? [] : [.token]
        if token.isEmpty { findings = [GraphFindings.noToken] }
    }

    mutating func next() -> ProviderQuestion? {
        current = pending.isEmpty ? nil : pending.removeFirst()
        guard let current else { return nil }
        let base = account.api["api_url"]?.revealed ?? Self.defaultURL
        return ProviderQuestion(url: base + path(of: current), headers: [Delivery.Header("authorization", "Bearer \(bearer(of: current))")])
    }

    private static let numberFields =
        "fields=id,display_phone_number,verified_name,status,quality_rating,throughput,platform_type,webhook_configuration"

    private func path(of question: Question) -> String {
        switch question {
        case .token: "/debug_token?input_token=\(token.percentEncoded)"
        case .subscriptions: "/\(appID ?? "")/subscriptions"
        case .apps(let waba): "/\(waba)/subscribed_apps"
        case .numbers(let waba): "/\(waba)/phone_numbers?\(Self.numberFields)&limit=\(Self.mostNumbers)"
        case .number: "/\(account.api["phone_number_id"]?.revealed ?? "")?\(Self.numberFields)"
        }
    }

    private static let mostNumbers = 25
    private static let mostAccounts = 5

    /// Only an app's own token shows its subscriptions ("Subscriptions Edge").
    private func bearer(of question: Question) -> String {
        switch question {
        case .subscriptions(let index): "\(appID ?? "")|\(account.secrets[index].revealed)"
        case .token where appID != nil && !account.secrets.isEmpty: "\(appID ?? "")|\(account.secrets[0].revealed)"
        default: token
        }
    }

    mutating func take(_ answer: ProviderAnswer) {
        guard let current else { return }
        switch answer {
        case .failed(let reason):
            findings.append(GraphFindings.unreachable(reason))
            pending = []
        case .answered(let status, let json):
            let failure = GraphFailure(status: status, json)
            switch current {
            case .token: takeToken(json, failure)
            case .subscriptions(let index): takeSubscriptions(json, failure, secret: index)
            case .apps(let waba): takeApps(json, failure, of: waba)
            case .numbers, .number: takeNumbers(json, failure)
            }
        }
        if pending.isEmpty { findings += callbacks.findings(expecting: WebhookAddress(account.webhookURL), path: account.path) }
    }

    // MARK: The token

    private mutating func takeToken(_ json: JSON, _ failure: GraphFailure?) {
        let data = json["data"]
        if let failure {
            findings.append(GraphFindings.token(failure))
            if failure.isOfToken { return }
        } else if data["is_valid"].bool == false {
            return findings.append(GraphFindings.invalidToken)
        } else {
            if let id = data["app_id"].stringOrNumber {
                if let appID, appID != id { findings.append(GraphFindings.otherApp(ofToken: id, configured: appID)) }
                appID = appID ?? id
            }
            findings += GraphFindings.token(data, at: now)
        }
        if appID != nil, !account.secrets.isEmpty {
            pending.append(.subscriptions(secret: 0))
        } else {
            findings.append(GraphFindings.noApp)
        }
        let wabas = account.api["waba_id"].map { [$0.revealed] } ?? Self.businessAccounts(in: data)
        if wabas.isEmpty { findings.append(GraphFindings.noBusinessAccount) }
        for waba in wabas.prefix(Self.mostAccounts) {
            pending.append(.apps(waba: waba))
            if account.api["phone_number_id"] == nil { pending.append(.numbers(waba: waba)) }
        }
        if account.api["phone_number_id"] != nil { pending.append(.number) }
    }

    /// The business accounts to which a token is limited.
    private static func businessAccounts(in data: JSON) -> [String] {
        var ids: [String] = []
        for scope in data["granular_scopes"].elements where scope["scope"].string?.hasPrefix("whatsapp_business_") == true {
            for target in scope["target_ids"].elements {
                if let id = target.stringOrNumber, id.isGraphID, !ids.contains(id) { ids.append(id) }
            }
        }
        return ids
    }

    // MARK: The app

    private mutating func takeSubscriptions(_ json: JSON, _ failure: GraphFailure?, secret index: Int) {
        if let failure {
            if failure.isOfToken, index + 1 < account.secrets.count { return pending.insert(.subscriptions(secret: index + 1), at: 0) }
            return findings.append(GraphFindings.secret(failure, app: appID ?? ""))
        }
        findings.append(GraphFindings.goodSecret(index, app: appID ?? ""))
        guard let subscription = json["data"].elements.first(where: { $0["object"].string == "whatsapp_business_account" }) else {
            return findings.append(GraphFindings.noCallback)
        }
        findings += GraphFindings.subscription(subscription)
        callbacks.app = subscription["callback_url"].string
    }

    // MARK: The business account and its numbers

    private mutating func takeApps(_ json: JSON, _ failure: GraphFailure?, of waba: String) {
        if let failure { return findings.append(GraphFindings.refused(failure, "the WhatsApp Business Account \(waba)")) }
        let apps = json["data"].elements.map { (id: $0["whatsapp_business_api_data"]["id"].stringOrNumber, entry: $0) }
        guard let app = apps.first(where: { appID == nil || $0.id == appID }) else {
            return findings.append(GraphFindings.notSubscribed(waba: waba, app: appID, others: apps.count))
        }
        findings.append(
            Finding(.ok, "meta.subscription", "the app is subscribed to the WhatsApp Business Account \(waba)"))
        if let url = app.entry["override_callback_uri"].string, !url.isEmpty { callbacks.accounts[waba] = url }
        callbacks.knownAccounts.append(waba)
    }

    private mutating func takeNumbers(_ json: JSON, _ failure: GraphFailure?) {
        var waba: String?
        if case .numbers(let id) = current { waba = id }
        if let failure {
            let what = waba.map { "the numbers of the WhatsApp Business Account \($0)" } ?? "the number of phone_number_id"
            return findings.append(GraphFindings.refused(failure, what))
        }
        let numbers = waba == nil ? [json] : Array(json["data"].elements)
        if numbers.isEmpty, let waba { findings.append(GraphFindings.noNumbers(waba: waba)) }
        for number in numbers {
            let name = GraphFindings.name(of: number)
            findings.append(GraphFindings.number(number, name: name))
            let configuration = number["webhook_configuration"]
            callbacks.numbers.append(
                Callbacks.Number(
                    name: name, own: configuration["phone_number"].string,
                    ofAccount: configuration["whatsapp_business_account"].string ?? waba.flatMap { callbacks.accounts[$0] },
                    ofApp: configuration["application"].string))
        }
    }
}

extension String {
    /// Whether it can be an id in a URL's path.
    fileprivate var isGraphID: Bool { (1...64).contains(utf8.count) && utf8.allSatisfy { (0x30...0x39).contains($0) } }

    /// The text as a value in a query.
    var percentEncoded: String {
        var text = ""
        for byte in utf8 {
            switch byte {
            case 0x30...0x39, 0x41...0x5A, 0x61...0x7A, 0x2D, 0x2E, 0x5F, 0x7E: text.unicodeScalars.append(Unicode.Scalar(byte))
            default: text += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return text
    }
}
