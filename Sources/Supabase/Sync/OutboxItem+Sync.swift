import Journal
import Relay

extension Lanes where Item == OutboxItem {
    /// Puts rows into their contacts' lanes, in their order.
    mutating func add(_ page: OutboxPage) {
        for item in page.items { add(item, at: item.sequence, of: item.owner, size: item.size) }
        read(to: page.end)
    }
}

extension OutboxItem {
    /// The tables that it writes to: where one of them takes nothing, all items of this shape are refused.
    struct Shape: Hashable {
        let kind: Kind
        let hasSession: Bool
    }

    var shape: Shape { Shape(kind: kind, hasSession: session != nil) }

    /// The row as one object of a call, so that it can be sent again: `{"messages":[…],"sessions":[…]}`.
    var letterRecord: [UInt8] { IngestBatch(id: "", items: [self]).argument }
}
