import Foundation
import Synchronization

/// A server that speaks PostgreSQL's protocol and sends without end, to one connection, and at most 256 MiB.
final class EndlessServer: Sendable {
    /// What the server sends without end.
    enum Habit: CaseIterable {
        case settingsWhileConnecting, noticesWhileConnecting, notices, notifications, rows, oneRow

        fileprivate var isWhileConnecting: Bool { self == .settingsWhileConnecting || self == .noticesWhileConnecting }
    }

    let port: Int
    private let listener: Int32
    private let state = Mutex((sent: 0, isDone: false))
    private static let most = 256 << 20

    init(_ habit: Habit) {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, length)
                _ = getsockname(listener, $0, &length)
            }
        }
        listen(listener, 1)
        self.listener = listener
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread { self.serve(habit) }.start()
    }

    deinit { close(listener) }

    var url: String { "postgres://nobody:s3cret@127.0.0.1:\(port)/none?sslmode=disable" }

    /// The number of bytes that it sent before the connection was closed; nil while it is still sending.
    var sent: Int? { state.withLock { $0.isDone ? $0.sent : nil } }

    private func serve(_ habit: Habit) {
        let client = accept(listener, nil, nil)
        defer {
            close(client)
            state.withLock { $0.isDone = true }
        }
        read(client)
        send(client, message("R", [0, 0, 0, 0]))
        if !habit.isWhileConnecting {
            send(client, message("Z", Array("I".utf8)))
            read(client)
        }
        let (beginning, repeated) = words(of: habit)
        send(client, beginning)
        let chunk = Array(repeatElement(repeated, count: max(1, (1 << 16) / repeated.count)).joined())
        while send(client, chunk) {}
    }

    /// The bytes that are sent once, and those that are repeated.
    private func words(of habit: Habit) -> ([UInt8], [UInt8]) {
        let text = [UInt8](repeating: UInt8(ascii: "a"), count: 1000)
        let column = message("T", [0, 1, 0x78, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x19, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0])
        switch habit {
        case .settingsWhileConnecting: return ([], message("S", text + [0] + text + [0]))
        case .notices, .noticesWhileConnecting: return ([], message("N", Array("SNOTICE\0M".utf8) + text + [0, 0]))
        case .notifications: return ([], message("A", [0, 0, 0, 1] + text + [0] + text + [0]))
        case .rows: return (column, message("D", [0, 1, 0, 0, 3, 0xE8] + text))
        case .oneRow: return (column + Array("D".utf8) + [0x02, 0, 0, 0] + [0, 1, 0x01, 0xFF, 0xFF, 0xF6], text)
        }
    }

    private func message(_ kind: String, _ body: [UInt8]) -> [UInt8] {
        let length = UInt32(body.count + 4)
        return Array(kind.utf8) + [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: length >> $0) } + body
    }

    private func read(_ client: Int32) {
        var bytes = [UInt8](repeating: 0, count: 4096)
        _ = recv(client, &bytes, bytes.count, 0)
    }

    /// False if the other side has closed the connection, or enough has been sent.
    @discardableResult
    private func send(_ client: Int32, _ bytes: [UInt8]) -> Bool {
        guard Foundation.send(client, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return false }
        return state.withLock { state in
            state.sent += bytes.count
            return state.sent < Self.most
        }
    }
}
