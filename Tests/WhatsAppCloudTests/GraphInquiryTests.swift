import JSON
import Messaging
import Testing
import WhatsAppCloud

/// Answers in the forms of Meta's documentation ("Debug-Token", "Subscriptions Edge", "Webhook overrides", "Business phone numbers";
/// developers.facebook.com, read 2026-11-28).
@Suite("Asking Meta")
struct GraphInquiryTests {
    private static let now = Instant(milliseconds: 1_795_867_200_000)
    private static let url = "https://hooks.example/webhooks/whatsapp-cloud/main"

    /// What Meta answers, by the path without the version and the query; the status is 200 unless the text begins with another.
    private static let good = [
        "debug_token": """
        {"data":{"app_id":"670843887433847","type":"SYSTEM_USER","application":"Lucky Shrub","expires_at":0,"is_valid":true,
        "scopes":["whatsapp_business_management","whatsapp_business_messaging"],
        "granular_scopes":[{"scope":"whatsapp_business_management","target_ids":["102290129340398"]},
        {"scope":"whatsapp_business_messaging","target_ids":["102290129340398"]}]}}
        """,
        "670843887433847/subscriptions": """
        {"data":[{"object":"page","callback_url":"https://other.example","active":true,"fields":[{"name":"feed","version":"v26.0"}]},
        {"object":"whatsapp_business_account","callback_url":"\(url)","active":true,
        "fields":[{"name":"messages","version":"v26.0"},{"name":"account_update","version":"v26.0"}]}]}
        """,
        "102290129340398/subscribed_apps":
            #"{"data":[{"whatsapp_business_api_data":{"id":"670843887433847","link":"https://x","name":"Lucky Shrub"}}]}"#,
        "102290129340398/phone_numbers": """
        {"data":[{"id":"106540352242922","display_phone_number":"+1 555-078-3881","verified_name":"Lucky Shrub","status":"CONNECTED",
        "quality_rating":"GREEN","throughput":{"level":"STANDARD"},"platform_type":"CLOUD_API",
        "webhook_configuration":{"application":"\(url)"}}]}
        """,
    ]

    private static func account(_ api: [String: String]) -> Account {
        Account(
            adapter: "whatsapp-cloud", name: "main", secrets: ["the secret of the app", "the next secret"].map { Secret($0) },
            publicURL: "https://hooks.example", api: api.mapValues { Secret($0) })
    }

    /// The findings, and the requests as `path bearer`.
    private func ask(
        _ answers: [String: String] = [:], api: [String: String] = ["graph_token": "EAAB token"]
    ) throws -> (findings: [Finding], asked: [String]) {
        let answers = Self.good.merging(answers) { $1 }
        var inquiry = try #require(try WhatsAppCloudAdapter(account: Self.account(api)).inquiry(at: Self.now))
        var asked: [String] = []
        while let question = inquiry.next() {
            let path = question.url.replacing("https://graph.facebook.com/v26.0/", with: "")
            asked.append("\(path.prefix { $0 != "?" }) \(question.headers.first?.value.dropFirst("Bearer ".count) ?? "")")
            let text = answers[String(path.prefix { $0 != "?" })] ?? #"400 {"error":{"message":"Unsupported get request","code":100}}"#
            let status = Int(text.prefix(3)) ?? 200
            let body = text.hasPrefix("{") ? text : String(text.dropFirst(4))
            inquiry.take(.answered(status: status, try JSON(parsing: Array(body.utf8))))
        }
        return (inquiry.findings, asked)
    }

    @Test("If everything is in order, each check passes, and each question has the token that it needs")
    func good() throws {
        let (findings, asked) = try ask()
        #expect(findings.allSatisfy { $0.level == .ok && $0.advice == nil }, "\(findings)")
        #expect(
            findings.map(\.check) == [
                "meta.token", "meta.scopes", "meta.secret", "meta.fields", "meta.subscription", "meta.number", "meta.callback",
            ])
        #expect(
            asked == [
                "debug_token EAAB token", "670843887433847/subscriptions 670843887433847|the secret of the app",
                "102290129340398/subscribed_apps EAAB token", "102290129340398/phone_numbers EAAB token",
            ])
        let words = findings.map(\.message)
        #expect(words.contains("graph_token is valid and never expires"))
        #expect(words.contains("the number 106540352242922 (Lucky Shrub) is connected, quality GREEN, throughput STANDARD"))
        #expect(words.contains("the app is subscribed to the fields account_update, messages"))
        #expect(!words.joined().contains("EAAB") && !words.joined().contains("078"))
    }

    /// One thing that is wrong, and what is found then.
    struct Fault: Sendable, CustomTestStringConvertible {
        let level: Finding.Level
        let check: String
        let message: String
        let answers: [String: String]

        var testDescription: String { message }

        init(_ level: Finding.Level, _ check: String, _ message: String, _ path: String, _ old: String, _ new: String) {
            self.level = level
            self.check = check
            self.message = message
            answers = [path: (GraphInquiryTests.good[path] ?? "").replacing(old, with: new)]
        }

        init(_ level: Finding.Level, _ check: String, _ message: String, answers: [String: String]) {
            self.level = level
            self.check = check
            self.message = message
            self.answers = answers
        }
    }

    private static let token = "debug_token"
    private static let app = "670843887433847/subscriptions"
    private static let waba = "102290129340398/subscribed_apps"
    private static let numbers = "102290129340398/phone_numbers"
    private static let refused = #"400 {"error":{"message":"Malformed access token EAAB","type":"OAuthException","code":190}}"#

    static let faults = [
        Fault(
            .fail, "meta.token", "Meta refuses graph_token: it is invalid, expired or revoked", token, "\"is_valid\":true",
            "\"is_valid\":false"),
        Fault(.fail, "meta.token", "Meta refuses graph_token: it is invalid, expired or revoked", answers: [token: refused]),
        Fault(
            .warn, "meta.token", "graph_token is valid until 2026-11-29T12:00:00.000Z only", token, "\"expires_at\":0",
            "\"expires_at\":1795953600"),
        Fault(
            .warn, "meta.scopes", "graph_token lacks the permission whatsapp_business_messaging", token,
            ",\"whatsapp_business_messaging\"]", "]"),
        Fault(
            .fail, "meta.secret",
            "secrets does not contain the app secret of the app 670843887433847: every webhook of this app is answered 401",
            answers: [app: refused]),
        Fault(
            .fail, "meta.fields", "the app is not subscribed to the field messages, but to only account_update", app,
            #"{"name":"messages","version":"v26.0"},"#, ""),
        Fault(
            .fail, "meta.fields", "the app is not subscribed to the field messages, but to no field", app,
            #"""
            ,
            "fields":[{"name":"messages","version":"v26.0"},{"name":"account_update","version":"v26.0"}]
            """#, ""),
        Fault(
            .fail, "meta.fields", "the app has no callback URL for WhatsApp and is subscribed to no field", app,
            "whatsapp_business_account", "user"),
        Fault(
            .fail, "meta.fields", "Meta has disabled the app's webhook", app, "\"\(url)\",\"active\":true", "\"\(url)\",\"active\":false"),
        Fault(
            .fail, "meta.subscription",
            "the app 670843887433847 is not subscribed to the WhatsApp Business Account 102290129340398, others are: Meta sends it no webhooks",
            waba, "\"id\":\"670843887433847\"", "\"id\":\"1\""),
        Fault(
            .fail, "meta.subscription",
            "the app 670843887433847 is not subscribed to the WhatsApp Business Account 102290129340398: Meta sends it no webhooks",
            answers: [waba: #"{"data":[]}"#]),
        Fault(
            .fail, "meta.callback",
            "Meta posts messages to the number 106540352242922 (Lucky Shrub) to https://old.example/hook?•••, not to \(url): an override of the "
                + "number", numbers, "{\"application\":", "{\"phone_number\":\"https://old.example/hook?token=hidden\",\"application\":"),
        Fault(
            .fail, "meta.callback",
            "Meta posts messages to the number 106540352242922 (Lucky Shrub) to https://old.example/hook, not to \(url): an override of the "
                + "WhatsApp Business Account", waba, "Shrub\"}}", "Shrub\"},\"override_callback_uri\":\"https://old.example/hook\"}"),
        Fault(
            .fail, "meta.callback",
            "Meta posts messages to the number 106540352242922 (Lucky Shrub) to https://hooks.example/webhooks/whatsapp-cloud/old, not to "
                + "\(url): the callback URL of the app", numbers, "cloud/main", "cloud/old"),
        Fault(
            .fail, "meta.number", "the number 106540352242922 (Lucky Shrub) is not registered for the Cloud API (NOT_APPLICABLE)", numbers,
            "CLOUD_API", "NOT_APPLICABLE"),
        Fault(
            .fail, "meta.number", "the number 106540352242922 (Lucky Shrub) is not connected: BANNED, quality GREEN, throughput STANDARD",
            numbers, "CONNECTED", "BANNED"),
        Fault(
            .warn, "meta.number", "the WhatsApp Business Account 102290129340398 has no numbers", answers: [numbers: #"{"data":[]}"#]),
        Fault(
            .warn, "meta.api",
            "Meta does not show the numbers of the WhatsApp Business Account 102290129340398: (#10) no permission (HTTP 403, code 10)",
            answers: [numbers: #"403 {"error":{"message":"(#10) no permission","code":10}}"#]),
        Fault(
            .warn, "meta.subscription", "the id of the WhatsApp Business Account is unknown, so its subscriptions were not read", token,
            "\"target_ids\":[\"102290129340398\"]", "\"target_ids\":[]"),
    ]

    @Test("What is wrong at Meta is found, with what to do, and is the first thing that is not in order", arguments: faults)
    func fault(fault: Fault) throws {
        let wrong = try ask(fault.answers).findings.filter { $0.level != .ok }
        #expect(wrong.first?.message == fault.message && wrong.first?.check == fault.check && wrong.first?.level == fault.level, "\(wrong)")
        #expect(wrong.allSatisfy { $0.advice?.isEmpty == false } && !"\(wrong)".contains("EAAB") && !"\(wrong)".contains("hidden"))
    }

    @Test("Without a token nothing is asked, and the finding says what could be")
    func noToken() throws {
        let (findings, asked) = try ask(api: [:])
        #expect(asked == [] && findings.map(\.level) == [.warn])
        #expect(findings[0].message == "graph_token is not set, so Meta was not asked about this account")
        for word in ["token is valid", "field messages", "which URL", "state of each number"] {
            #expect(findings[0].advice?.contains(word) == true, "\(word)")
        }
    }

    @Test("During a rotation the second secret is tried, and the settings take precedence over what the token shows")
    func settings() throws {
        let api = [
            "graph_token": "EAAB token", "app_id": "670843887433847", "waba_id": "102290129340398", "phone_number_id": "106540352242922",
            "api_url": "https://proxy.example/v25.0",
        ]
        var inquiry = try #require(try WhatsAppCloudAdapter(account: Self.account(api)).inquiry(at: Self.now))
        var asked: [String] = []
        while let question = inquiry.next() {
            asked.append("\(question.url.prefix { $0 != "?" }) \(question.headers[0].value)")
            let isFirst = asked.count == 2
            let path = question.url.replacing("https://proxy.example/v25.0/", with: "").prefix { $0 != "?" }
            let answer = isFirst ? String(Self.refused.dropFirst(4)) : Self.good[String(path)] ?? "{}"
            inquiry.take(.answered(status: isFirst ? 400 : 200, try JSON(parsing: Array(answer.utf8))))
        }
        #expect(
            asked == [
                "https://proxy.example/v25.0/debug_token Bearer 670843887433847|the secret of the app",
                "https://proxy.example/v25.0/670843887433847/subscriptions Bearer 670843887433847|the secret of the app",
                "https://proxy.example/v25.0/670843887433847/subscriptions Bearer 670843887433847|the next secret",
                "https://proxy.example/v25.0/102290129340398/subscribed_apps Bearer EAAB token",
                "https://proxy.example/v25.0/106540352242922 Bearer EAAB token",
            ])
        #expect(inquiry.findings.contains { $0.message == "secrets[1] is the app secret of the app 670843887433847" })
    }

    @Test("If Meta cannot be reached, that is the only finding")
    func unreachable() throws {
        var inquiry = try #require(try WhatsAppCloudAdapter(account: Self.account(["graph_token": "EAAB token"])).inquiry(at: Self.now))
        _ = inquiry.next()
        inquiry.take(.failed("the host name is unknown"))
        let further = inquiry.next()
        #expect(further == nil && inquiry.findings.map(\.message) == ["Meta's API does not answer: the host name is unknown"])
    }

    @Test(
        "Answers of any form end the inquiry with findings",
        arguments: ["{}", "[]", "1", #"{"data":1}"#, #"{"data":[1,{},[]]}"#, #"{"error":1}"#])
    func otherForms(text: String) throws {
        var inquiry = try #require(
            try WhatsAppCloudAdapter(account: Self.account(["graph_token": "x", "app_id": "1", "waba_id": "2"])).inquiry(at: Self.now))
        for _ in 0..<20 where inquiry.next() != nil { inquiry.take(.answered(status: 200, try JSON(parsing: Array(text.utf8)))) }
        let further = inquiry.next()
        #expect(further == nil && !inquiry.findings.isEmpty)
    }

    @Test("The handshake's URL is the one that Meta would call, and is answered with the challenge")
    func handshake() throws {
        var account = Self.account([:])
        account.verifyToken = Secret("a token & more")
        let adapter = try WhatsAppCloudAdapter(account: account)
        let target = try #require(adapter.handshakeTarget(challenge: "4711"))
        let request = Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: Self.now, method: "GET", target: target, headers: [], body: [])
        #expect(adapter.handshake(request) == .challenge("4711"))
        account.verifyToken = nil
        #expect(try WhatsAppCloudAdapter(account: account).handshakeTarget(challenge: "1") == nil)
    }
}
