import JSON
import Messaging
import Signing
import Testing
import Twilio

/// Answers in the forms of Twilio's documentation ("IncomingPhoneNumber resource", "Services resource", "Senders API", "Monitor REST API:
/// Alerts"; twilio.com/docs, read 2026-11-28).
@Suite("Asking Twilio")
struct TwilioInquiryTests {
    private static let now = Instant(milliseconds: 1_795_867_200_000)
    private static let url = "https://hooks.example/webhooks/twilio/main"
    private static let empty = [
        "numbers": #"{"incoming_phone_numbers":[]}"#, "services": #"{"services":[]}"#, "senders": #"{"senders":[]}"#,
        "alerts": #"{"alerts":[]}"#,
    ]

    private func ask(
        _ answers: [String: String], api: [String: String] = ["account_sid": "AC1", "api_key": "SK1", "api_secret": "the key's secret"]
    ) throws -> (findings: [Finding], asked: [ProviderQuestion]) {
        let answers = Self.empty.merging(answers) { $1 }
        let account = Account(
            adapter: "twilio", name: "main", secrets: ["the auth token"].map { Secret($0) }, publicURL: "https://hooks.example",
            api: api.mapValues { Secret($0) })
        var inquiry = try #require(try TwilioAdapter(account: account).inquiry(at: Self.now))
        var asked: [ProviderQuestion] = []
        while let question = inquiry.next() {
            asked.append(question)
            let kind = ["IncomingPhoneNumbers": "numbers", "Services": "services", "Senders": "senders", "Alerts": "alerts"]
                .first { question.url.contains($0.key) }?.value
            let text = answers[kind ?? ""] ?? "{}"
            let status = Int(text) ?? 200
            inquiry.take(.answered(status: status, try JSON(parsing: Array((status == 200 ? text : "{}").utf8))))
        }
        return (inquiry.findings, asked)
    }

    private static func number(_ url: String, method: String = "POST") -> [String: String] {
        ["numbers": #"{"incoming_phone_numbers":[{"phone_number":"+14155238886","sms_url":"\#(url)","sms_method":"\#(method)"}]}"#]
    }

    @Test("Each kind of source is asked for, with the API key or else the auth token")
    func questions() throws {
        let (findings, asked) = try ask(Self.number(Self.url))
        #expect(
            asked.map { $0.url.prefix { $0 != "?" } } == [
                "https://api.twilio.com/2010-04-01/Accounts/AC1/IncomingPhoneNumbers.json", "https://messaging.twilio.com/v1/Services",
                "https://messaging.twilio.com/v2/Channels/Senders", "https://monitor.twilio.com/v1/Alerts",
            ])
        #expect(asked.allSatisfy { $0.headers.map(\.value) == ["Basic " + Base64.encode(Array("SK1:the key's secret".utf8))] })
        #expect(findings.map(\.level) == [.ok, .ok] && findings[0].message == "these post to this account's URL: the number …8886")
        let token = try ask([:], api: ["account_sid": "AC1"]).asked
        #expect(token.first?.headers.first?.value == "Basic " + Base64.encode(Array("AC1:the auth token".utf8)))
    }

    static let cases: [([String: String], Finding.Level, String)] = [
        (
            number("https://old.example/sms?key=hidden"), .fail,
            "no number, messaging service or WhatsApp sender posts to \(url); others post elsewhere: the number …8886 to "
                + "https://old.example/sms?•••"
        ), (number(url, method: "GET"), .fail, "the number …8886 calls this account's URL by GET, not by POST"),
        ([:], .fail, "no number, messaging service or WhatsApp sender posts to \(url)"),
        (
            ["services": #"{"services":[{"friendly_name":"Care","inbound_request_url":"\#(url)","inbound_method":"POST"}]}"#], .ok,
            "these post to this account's URL: the messaging service “Care”"
        ),
        (
            [
                "services":
                    #"{"services":[{"friendly_name":"Care","inbound_request_url":"\#(url)","use_inbound_webhook_on_number":true}]}"#
            ], .fail, "no number, messaging service or WhatsApp sender posts to \(url)"
        ),
        (
            [
                "senders":
                    #"{"senders":[{"sender_id":"whatsapp:+14155238886","status":"OFFLINE","webhook":{"callback_url":"\#(url)"}}]}"#
            ], .ok, "these post to this account's URL: the WhatsApp sender …8886 (OFFLINE)"
        ), (["numbers": "401"], .fail, "Twilio refuses api_key with api_secret"),
        (["numbers": "500"], .warn, "Twilio answers 500 to the question for its numbers"),
    ]

    @Test("What posts to the account is found, or what posts elsewhere", arguments: cases)
    func sources(answers: [String: String], level: Finding.Level, message: String) throws {
        let findings = try ask(answers).findings
        #expect(findings.first?.message == message && findings.first?.level == level, "\(findings)")
        #expect(findings.allSatisfy { ($0.advice == nil) == ($0.level == .ok) } && !"\(findings)".contains("hidden"))
    }

    @Test("What a restricted key may not read is reported")
    func restricted() throws {
        let findings = try ask(["senders": "403", "alerts": "403"]).findings
        #expect(findings.map(\.check) == ["twilio.webhook", "twilio.permissions"] && findings.map(\.level) == [.warn, .warn])
        #expect(findings[1].message == "the API key may not read WhatsApp senders, alerts")
    }

    @Test("The errors of the last day with this account's URL are counted by code")
    func alerts() throws {
        func alert(_ code: String, _ url: String, _ time: String) -> String {
            #"{"error_code":"\#(code)","request_url":"\#(url)","date_created":"\#(time)"}"#
        }
        let alerts = [
            alert("11200", Self.url, "2026-11-28T11:00:00Z"), alert("11200", Self.url, "2026-11-28T10:00:00Z"),
            alert("11236", Self.url + "?x=1", "2026-11-28T09:00:00Z"), alert("11200", "https://old.example", "2026-11-28T11:30:00Z"),
            alert("11200", Self.url, "2026-11-26T11:00:00Z"),
        ]
        let findings = try ask(Self.number(Self.url).merging(["alerts": #"{"alerts":[\#(alerts.joined(separator: ","))]}"#]) { $1 })
            .findings
        #expect(
            findings.last?.message
                == "Twilio had errors with this account's URL in the last day: 2 × 11200 (HTTP retrieval failure), 1 × 11236 "
                + "(certificate expired); the latest at 2026-11-28T11:00:00Z")
        #expect(findings.last?.level == .warn)
    }

    @Test("Without the account's SID nothing is asked, and the finding says what could be")
    func noAccount() throws {
        let (findings, asked) = try ask([:], api: [:])
        #expect(asked == [] && findings.map(\.message) == ["account_sid is not set, so Twilio was not asked about this account"])
    }
}
