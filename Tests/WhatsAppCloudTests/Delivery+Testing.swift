import Messaging

extension Instant {
    /// 2026-11-22T12:00:00Z.
    static let testing = Instant(milliseconds: 1_795_348_800_000)
}

extension Account {
    static let testing = Account(
        adapter: "whatsapp-cloud", name: "main", secrets: [Secret("app-secret"), Secret("next-app-secret")],
        verifyToken: Secret("verify me & more"))
}

extension Delivery {
    /// A delivery to the test account.
    static func testing(
        _ body: String, method: String = "POST", target: String = "/webhooks/whatsapp-cloud/main", headers: [Header] = []
    ) -> Delivery {
        Delivery(
            adapter: "whatsapp-cloud", account: "main", receivedAt: .testing, method: method, target: target, headers: headers,
            body: Array(body.utf8))
    }
}
