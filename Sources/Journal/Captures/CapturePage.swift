import Messaging

/// Captures that follow each other, gathered up to limits.
struct CapturePage {
    /// In the order of their positions.
    private(set) var captures: [Capture] = []
    /// Up to here everything was looked at.
    var end: Int64
    /// Whether there is nothing behind the end.
    var isLast = false
    private let limit: Int
    private let byteLimit: Int
    private var bytes = 0

    init(after position: Int64, limit: Int, byteLimit: Int) {
        end = position
        self.limit = limit
        self.byteLimit = byteLimit
    }

    /// Whether nothing more may come in.
    var isFull: Bool { captures.count >= limit || bytes >= byteLimit }

    /// How many more may come in.
    var room: Int { max(0, limit - captures.count) }

    mutating func append(_ capture: Capture) {
        captures.append(capture)
        end = capture.position
        bytes += capture.delivery.body.count + 512
    }

    /// Changes each capture, once no more come in.
    mutating func update(_ change: (inout Capture) throws -> Void) rethrows {
        for index in captures.indices { try change(&captures[index]) }
    }
}
