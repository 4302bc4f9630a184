import HTTPTransport
import Synchronization

/// Senders that post messages with ids of their own at the same time, each one after the other, until one is not answered with 200.
final class Senders: Sendable {
    private let name: String
    private let book = Mutex(Book())

    struct Book {
        /// Answered with 200.
        var acknowledged: [String] = []
        /// Answered otherwise, or not at all.
        var refused: [String] = []
        /// What was posted for each of those.
        var refusedBodies: [String] = []
        /// The statuses of the answers other than 200.
        var statuses: [Int] = []
    }

    /// `name` begins every id.
    init(_ name: String) { self.name = name }

    /// What came of it so far.
    var result: Book { book.withLock { $0 } }

    /// Runs `count` of them to their end. `onAcknowledged` is called after each 200 with the number of them.
    func run(_ count: Int, to client: GatewayClient, text: String = "Hello", onAcknowledged: @escaping @Sendable (Int) -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for sender in 0..<count {
                group.addTask {
                    var number = 0
                    while await self.send("\(self.name).\(sender).\(number)", sender, to: client, text, onAcknowledged) { number += 1 }
                }
            }
        }
    }

    /// Whether it was acknowledged.
    private func send(
        _ id: String, _ sender: Int, to client: GatewayClient, _ text: String, _ onAcknowledged: (Int) -> Void
    ) async -> Bool {
        // Few phones a sender, so that some messages open sessions and most move one.
        let phone = "91987654\(1000 + sender * 10 + id.utf8.count % 10)"
        let body = WhatsAppWebhook.texts([id], from: phone, text: text)
        let status = try? await client.deliver(body).status
        let count = book.withLock { book in
            guard status != 200 else {
                book.acknowledged.append(id)
                return book.acknowledged.count
            }
            book.refused.append(id)
            book.refusedBodies.append(body)
            if let status { book.statuses.append(status) }
            return 0
        }
        if count > 0 { onAcknowledged(count) }
        return count > 0
    }
}
