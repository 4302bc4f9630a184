import Dialog360
import JSON
import Messaging
import Testing

@Suite("Asking 360dialog")
struct Dialog360InquiryTests {
    private static let url = "https://hooks.example/webhooks/360dialog/direct"

    private func inquiry(header: String? = "x-api-key", key: String? = "the key") throws -> any ProviderInquiry {
        let account = Account(
            adapter: "360dialog", name: "direct", secrets: ["a secret of a header"].map { Secret($0) }, secretHeader: header,
            publicURL: "https://hooks.example", api: key.map { ["api_key": Secret($0)] } ?? [:])
        return try #require(try Dialog360Adapter(account: account).inquiry(at: Instant(milliseconds: 0)))
    }

    @Test(
        "The configured webhook is compared with the account's",
        arguments: [
            (
                200, #"{"url":"\#(url)/","headers":{"X-API-Key":"a secret of a header"}}"#,
                ["360dialog posts to this account's URL", "360dialog sends the header x-api-key"]
            ),
            (
                200, #"{"url":"\#(url)"}"#,
                ["360dialog posts to this account's URL", "360dialog does not send the header x-api-key, so its webhooks are answered 401"]
            ),
            (200, #"{"url":"https://old.example/x?key=hidden"}"#, ["360dialog posts to https://old.example/x?•••, not to \(url)"]),
            (200, #"{"url":""}"#, ["the number has no webhook URL of its own at 360dialog"]),
            (401, #"{"error":"x"}"#, ["360dialog refuses api_key"]),
            (500, "{}", ["360dialog answers 500 to the question for the webhook"]),
        ] as [(Int, String, [String])])
    func webhook(status: Int, body: String, messages: [String]) throws {
        var inquiry = try inquiry()
        let next = inquiry.next()
        let question = try #require(next)
        #expect(question.url == "https://waba-v2.360dialog.io/v1/configs/webhook")
        #expect(question.headers == [Delivery.Header("D360-API-KEY", "the key")])
        inquiry.take(.answered(status: status, try JSON(parsing: Array(body.utf8))))
        let further = inquiry.next()
        #expect(further == nil && inquiry.findings.map(\.message) == messages)
        #expect(inquiry.findings.allSatisfy { ($0.advice == nil) == ($0.level == .ok) })
    }

    @Test("Without a key nothing is asked, and the finding says what could be")
    func noKey() throws {
        var inquiry = try inquiry(key: nil)
        let question = inquiry.next()
        #expect(question == nil)
        #expect(inquiry.findings.map(\.message) == ["api_key is not set, so 360dialog was not asked about this account"])
    }
}
