import Foundation

/// Counts what a server sends: libpq keeps rows, notices and settings for as long as they come, and has no limit for them.
///
/// The bytes are those of the socket, TLS included. libpq reads on for as long as the socket has some and a message has begun: of one
/// message that is larger than the limit more may be taken in, before the connection is closed.
struct Intake {
    private let limit: Int
    /// What the socket had received before.
    private let start: UInt64
    private let isQuerySent: Bool
    private var taken = 0

    /// Counts while a connection is made.
    init(limit: Int) {
        self.limit = limit
        start = 0
        isQuerySent = false
    }

    /// Counts the answer to a query, before it is sent.
    init(limit: Int, on socket: Int32) {
        self.limit = limit
        start = Self.received(on: socket) ?? 0
        isQuerySent = true
    }

    /// To be called before each time that libpq reads; throws where the server has sent too much.
    mutating func count(on socket: Int32) throws(PostgresError) {
        if Self.received(on: socket) == nil { taken += min(Self.waiting(on: socket), Self.leastRead) }
        try check(on: socket)
    }

    /// To be called after it has read, too: meanwhile more may have come.
    mutating func check(on socket: Int32) throws(PostgresError) {
        if let received = Self.received(on: socket) { taken = Int(clamping: received &- start) }
        guard taken <= limit else {
            throw PostgresError(.tooLarge, message: "the server sent more than \(limit >> 10) KiB", isOutcomeUnknown: isQuerySent)
        }
    }

    /// Where the system does not count, on a local socket: libpq has room for so many bytes whenever it reads, so none is counted twice.
    private static let leastRead = 8192

    /// Bytes that came over TCP since the connection was made; nil where it is another kind of socket.
    private static func received(on socket: Int32) -> UInt64? {
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0, Int(length) >= bytesReceived + 8 else { return nil }
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: bytesReceived, as: UInt64.self) }
    }

    /// Where `tcpi_bytes_received` stands in the kernel's `struct tcp_info` (linux/tcp.h, since 4.1), of which glibc's lacks the end.
    private static let bytesReceived = 128

    private static func waiting(on socket: Int32) -> Int {
        var count: Int32 = 0
        return ioctl(socket, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }
}
