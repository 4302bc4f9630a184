import Messaging
import SwitchboardTesting
import Testing

@testable import Journal

extension TemporaryJournal {
    /// A person's message as a provider sends it. `seconds` is the time in its body.
    func webhook(_ number: Int, seconds: Int = 1_795_374_313, target: String? = nil, account: AccountName = "main") -> Delivery {
        var delivery = delivery(
            """
            {"object":"whatsapp_business_account","entry":[{"id":"102290129340398","time":\(seconds),"changes":[{"value":{"contacts":\
            [{"name":"Asha \(number)"}],"messages":[{"id":"wamid.\(number)","text":{"body":"\(number)"}}]},"field":"messages"}]}]}
            """, account: account, headers: headers(signature(number)))
        if let target { delivery.target = target }
        return delivery
    }

    /// The headers host, content type and signature.
    func headers(_ signature: String) -> [Delivery.Header] {
        [
            Delivery.Header("host", "gateway.example.org"), Delivery.Header("content-type", "application/json"),
            Delivery.Header("x-hub-signature-256", signature),
        ]
    }

    func signature(_ number: Int) -> String {
        "sha256=" + String(repeating: "0a1b2c3d", count: 7) + String(String(number + 0x1000_0000, radix: 16).reversed())
    }

    /// The message in the webhook with this number; each has another sender.
    func item(_ number: Int) -> Event { .message("m-\(number)", from: .phone("9198\(10_000_000 + number)")) }

    /// Stores webhooks from different people, and returns them.
    @discardableResult
    func fillForms(_ numbers: Range<Int>) async throws -> [Delivery] {
        var deliveries: [Delivery] = []
        for number in numbers {
            deliveries.append(webhook(number))
            try await accept(webhook(number), [item(number)])
        }
        return deliveries
    }

    /// All stored deliveries in the order of storage.
    func kept() async throws -> [Delivery] {
        var captures: [Capture] = []
        while true {
            let page = try await journal.reader.captures(CaptureFilter(), after: captures.last?.position ?? 0, limit: 7)
            if page.isEmpty { return captures.map(\.delivery) }
            captures += page
        }
    }

    /// Requires that all deliveries are read back unchanged, by the reader and by the view, and that the check finds no problem.
    func requireKept(_ deliveries: [Delivery]) async throws {
        let kept = try await kept()
        #expect(kept.count == deliveries.count)
        for (kept, delivery) in zip(kept, deliveries) { #expect(kept == delivery) }
        #expect(try await journal.reader.check().problems == [])
    }
}
