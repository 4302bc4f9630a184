import HTTPTransport
import Synchronization

/// Senders that work at the same time. Each posts messages with new ids one after the other, until one is not answered with 200.
final class Senders: Sendable {
    private let name: String
    private let book = Mutex(Book())

    struct Book {
        /// The ids answered with 200.
        var acknowledged: [String] = []
        /// The ids answered otherwise, or not at all.
        var refused: [String] = []
        /// The bodies posted for these.
        var refusedBodies: [String] = []
        /// The statuses of the answers other than 200.
        var statuses: [Int] = []
    }

    /// Every id begins with `name`.
    init(_ name: String) { self.name = name }

    /// The results so far.
    var result: Book { book.withLock { $0 } }

    /// Runs this many senders until all have ended. `onAcknowledged` is called after each 200 with the number of acknowledged messages.
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

    /// Sends one message; returns whether it was acknowledged.
    private func send(
        _ id: String, _ sender: Int, to client: GatewayClient, _ text: String, _ onAcknowledged: (Int) -> Void
    ) async -> Bool {
        // Each sender uses few phones, so that some messages open sessions and most move one.
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
