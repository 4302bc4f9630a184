import Messaging

extension Instant {
    /// 2026-11-22T12:00:00Z.
    static let testing = Instant(milliseconds: 1_795_348_800_000)
}

extension Account {
    static func testing(secrets: [String] = ["the auth token", "the next auth token"], publicURL: String = "https://hooks.example")
        -> Account
    {
        Account(adapter: "twilio", name: "main", secrets: secrets.map { Secret($0) }, publicURL: publicURL)
    }
}

extension Delivery {
    static let formType = "application/x-www-form-urlencoded"

    /// An unsigned delivery to the test account.
    static func testing(
        _ body: String, type: String? = formType, target: String = "/webhooks/twilio/main", headers: [Header] = []
    ) -> Delivery {
        Delivery(
            adapter: "twilio", account: "main", receivedAt: .testing, target: target,
            headers: (type.map { [Header("content-type", $0)] } ?? []) + headers, body: Array(body.utf8))
    }
}
