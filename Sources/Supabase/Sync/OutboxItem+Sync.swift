import Journal
import Relay

extension Lanes where Item == OutboxItem {
    /// Adds rows to their contacts' lanes, in order.
    mutating func add(_ page: OutboxPage) {
        for item in page.items { add(item, at: item.sequence, of: item.owner, size: item.size) }
        read(to: page.end)
    }
}

extension OutboxItem {
    /// The tables that the item is written to. If one of them refuses everything, all items of this shape are refused.
    struct Shape: Hashable {
        let kind: Kind
        let hasSession: Bool
    }

    var shape: Shape { Shape(kind: kind, hasSession: session != nil) }

    /// The row as the argument of a call, `{"messages":[…],"sessions":[…]}`, so that a dead letter can be sent again.
    var letterRecord: [UInt8] { IngestBatch(id: "", items: [self]).argument }
}
