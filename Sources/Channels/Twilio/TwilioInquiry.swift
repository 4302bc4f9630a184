import JSON
import Messaging
import Signing

/// Asks Twilio which URLs its numbers, messaging services and WhatsApp senders post to, and which errors it had with this account's URL
/// ("IncomingPhoneNumber resource", modified 2026-05-04; "Services resource"; "Senders API"; "Monitor REST API: Alerts"; twilio.com/docs,
/// all read 2026-11-28).
struct TwilioInquiry: ProviderInquiry {
    static let settings = [
        APISetting("api_url", .url), APISetting("account_sid", .id, isOffered: true), APISetting("api_key", .id, isOffered: true),
        APISetting("api_secret", .secret),
    ]

    private enum Question: CaseIterable {
        case numbers
        case services
        case senders
        case alerts
    }

    private let account: Account
    private let sid: String
    private let expected: WebhookAddress
    private let now: Instant
    private var pending: [Question]
    private var current: Question?
    private var sources = TwilioSources()
    private(set) var findings: [Finding] = []

    /// Without the account's SID the only finding says what could be asked with it.
    init(_ account: Account, at now: Instant) {
        self.account = account
        self.now = now
        sid = account.api["account_sid"]?.revealed ?? ""
        expected = WebhookAddress(account.webhookURL)
        pending = sid.isEmpty ? [] : Question.allCases
        guard sid.isEmpty else { return }
        findings = [
            Finding(
                .warn, "twilio.webhook", "account_sid is not set, so Twilio was not asked about this account",
                advice: "set account_sid, and api_key with api_secret unless the first of secrets is the auth token: doctor then reports "
                    + "which numbers, messaging services and WhatsApp senders post to this account, and Twilio's latest errors with it")
        ]
    }

    mutating func next() -> ProviderQuestion? {
        current = pending.isEmpty ? nil : pending.removeFirst()
        return current.map { ProviderQuestion(url: url(of: $0), headers: [Delivery.Header("authorization", credentials)]) }
    }

    /// An API key takes the place of the account and its auth token ("API keys overview", twilio.com/docs, read 2026-11-28).
    private var credentials: String {
        let key = account.api["api_key"]?.revealed
        let secret = account.api["api_secret"] ?? account.secrets.first
        return "Basic " + Base64.encode(Array("\(key ?? sid):\(secret?.revealed ?? "")".utf8))
    }

    private func url(of question: Question) -> String {
        let base = account.api["api_url"]?.revealed
        return switch question {
        case .numbers: (base ?? "https://api.twilio.com") + "/2010-04-01/Accounts/\(sid)/IncomingPhoneNumbers.json?PageSize=100"
        case .services: (base ?? "https://messaging.twilio.com") + "/v1/Services?PageSize=100"
        case .senders: (base ?? "https://messaging.twilio.com") + "/v2/Channels/Senders?Channel=whatsapp&PageSize=100"
        case .alerts: (base ?? "https://monitor.twilio.com") + "/v1/Alerts?LogLevel=error&PageSize=100"
        }
    }

    mutating func take(_ answer: ProviderAnswer) {
        guard let current else { return }
        switch answer {
        case .failed(let reason):
            stop(.warn, "Twilio's API does not answer: \(reason)", "check api_url, and whether this machine may connect to it")
        case .answered(200, let json):
            switch current {
            case .numbers: sources.addNumbers(json)
            case .services: sources.addServices(json)
            case .senders: sources.addSenders(json)
            case .alerts: takeAlerts(json)
            }
        // A restricted key may read some resources only.
        case .answered(403, _), .answered(404, _): sources.unread.append(Self.name(of: current))
        case .answered(401, _):
            let used = account.api["api_key"] == nil ? "account_sid with the first of secrets" : "api_key with api_secret"
            stop(
                .fail, "Twilio refuses \(used)",
                "compare them with the Twilio Console: Account, API keys & tokens")
        case .answered(let status, _):
            stop(.warn, "Twilio answers \(status) to the question for its \(Self.name(of: current))", "try again later")
        }
        if pending.isEmpty, !isStopped { findings = sources.findings(expecting: expected, method: "POST") + findings }
    }

    private var isStopped: Bool { findings.contains { $0.check == "twilio.api" } }

    private mutating func stop(_ level: Finding.Level, _ message: String, _ advice: String) {
        findings.append(Finding(level, "twilio.api", message, advice: advice))
        pending = []
    }

    private static func name(of question: Question) -> String {
        switch question {
        case .numbers: "numbers"
        case .services: "messaging services"
        case .senders: "WhatsApp senders"
        case .alerts: "alerts"
        }
    }

    // MARK: Alerts

    /// The errors with this account's URL in the last day, by code.
    private mutating func takeAlerts(_ json: JSON) {
        var counts: [String: Int] = [:]
        var latest: String?
        for alert in json["alerts"].elements {
            guard let url = alert["request_url"].string, WebhookAddress(url) == expected, let code = alert["error_code"].stringOrNumber
            else { continue }
            let time = alert["date_created"].string
            if let time, let instant = Instant(rfc3339: time), now.since(instant) > .seconds(86_400) { continue }
            counts[code, default: 0] += 1
            latest = [latest, time].compactMap(\.self).max()
        }
        guard !counts.isEmpty else {
            return findings.append(Finding(.ok, "twilio.alerts", "Twilio had no errors with this account's URL in the last day"))
        }
        let codes = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.prefix(5).map { code, count in
            "\(count) × \(code.prefix(10))\(Self.meanings[code].map { " (\($0))" } ?? "")"
        }
        let end = latest.map { "; the latest at \($0)" } ?? ""
        findings.append(
            Finding(
                .warn, "twilio.alerts",
                "Twilio had errors with this account's URL in the last day: \(codes.joined(separator: ", "))\(end)",
                advice: "see Monitor, Logs, Errors in the Twilio Console for each request and answer; the findings about the webhook say "
                    + "what is wrong now"))
    }

    /// "Error and Warning Dictionary", twilio.com/docs/api/errors, read 2026-11-28.
    private static let meanings = [
        "11200": "HTTP retrieval failure", "11205": "HTTP connection failure", "11206": "HTTP protocol violation",
        "11210": "HTTP bad host name", "11220": "TLS handshake error", "11235": "certificate invalid, no domain match",
        "11236": "certificate expired", "11237": "certificate not from a known authority", "12300": "invalid Content-Type",
    ]
}

/// What posts to which URL at Twilio.
struct TwilioSources {
    /// One number, service or sender.
    private struct Source {
        let name: String
        let url: String?
        let method: String?
    }

    private var sources: [Source] = []
    /// What could not be read, by its name.
    var unread: [String] = []

    /// A number with an SMS application or in a messaging service may post elsewhere than its own URL says.
    mutating func addNumbers(_ json: JSON) {
        for number in json["incoming_phone_numbers"].elements {
            let ending = number["phone_number"].string.map { $0.suffix(4) } ?? ""
            sources.append(Source(name: "the number …\(ending)", url: number["sms_url"].string, method: number["sms_method"].string))
        }
    }

    /// A service may leave the URL to its numbers.
    mutating func addServices(_ json: JSON) {
        for service in json["services"].elements where service["use_inbound_webhook_on_number"].bool != true {
            let name = service["friendly_name"].string ?? service["sid"].string ?? ""
            sources.append(
                Source(
                    name: "the messaging service “\(name.prefix(60))”", url: service["inbound_request_url"].string,
                    method: service["inbound_method"].string))
        }
    }

    mutating func addSenders(_ json: JSON) {
        for sender in json["senders"].elements {
            let ending = sender["sender_id"].string.map { $0.suffix(4) } ?? ""
            let status = sender["status"].string ?? ""
            let state = status.hasPrefix("ONLINE") || status.isEmpty ? "" : " (\(status))"
            sources.append(
                Source(
                    name: "the WhatsApp sender …\(ending)\(state)", url: sender["webhook"]["callback_url"].string,
                    method: sender["webhook"]["callback_method"].string))
        }
    }

    func findings(expecting expected: WebhookAddress, method: String) -> [Finding] {
        var findings: [Finding] = []
        let right = sources.filter { $0.url.map { WebhookAddress($0) } == expected }
        for source in right where source.method.map({ $0 != method }) ?? false {
            findings.append(
                Finding(
                    .fail, "twilio.webhook", "\(source.name) calls this account's URL by \(source.method ?? ""), not by \(method)",
                    advice: "set the method of its webhook to HTTP POST"))
        }
        if !right.isEmpty, findings.isEmpty {
            let names = right.prefix(5).map(\.name).joined(separator: ", ")
            let more = right.count > 5 ? " and \(right.count - 5) more" : ""
            findings.append(Finding(.ok, "twilio.webhook", "these post to this account's URL: \(names)\(more)"))
        }
        if right.isEmpty {
            let others = sources.compactMap { source in
                source.url.flatMap { $0.isEmpty ? nil : "\(source.name) to \(WebhookAddress($0))" }
            }
            let elsewhere = others.isEmpty ? "" : "; others post elsewhere: \(others.prefix(5).joined(separator: ", "))"
            findings.append(
                Finding(
                    unread.isEmpty ? .fail : .warn, "twilio.webhook",
                    "no number, messaging service or WhatsApp sender posts to \(expected)\(elsewhere)",
                    advice: "enter \(expected) as the URL for incoming messages, method HTTP POST, in the Twilio Console; if the numbers "
                        + "belong to another account or subaccount, set account_sid to its SID"))
        }
        if !unread.isEmpty {
            findings.append(
                Finding(
                    .warn, "twilio.permissions", "the API key may not read \(unread.joined(separator: ", "))",
                    advice: "use a standard key, or add these permissions to the restricted key"))
        }
        return findings
    }
}
