import Foundation

/// Counts the bytes that a server sends: libpq keeps rows, notices and settings without any limit.
///
/// The bytes are those of the socket, including TLS. libpq reads on while the socket has data and a message is incomplete: of a single
/// message above the limit, more may be read before the connection is closed.
struct Intake {
    private let limit: Int
    /// The number of bytes that the socket had received before.
    private let start: UInt64
    private let isQuerySent: Bool
    private var taken = 0

    /// Counts while a connection is opened.
    init(limit: Int) {
        self.limit = limit
        start = 0
        isQuerySent = false
    }

    /// Counts the answer to a query; created before the query is sent.
    init(limit: Int, on socket: Int32) {
        self.limit = limit
        start = Self.received(on: socket) ?? 0
        isQuerySent = true
    }

    /// Call this before each time that libpq reads. Throws if the server has sent too much.
    mutating func count(on socket: Int32) throws(PostgresError) {
        if Self.received(on: socket) == nil { taken += min(Self.waiting(on: socket), Self.leastRead) }
        try check(on: socket)
    }

    /// Call this also after libpq has read, since more may have arrived meanwhile.
    mutating func check(on socket: Int32) throws(PostgresError) {
        if let received = Self.received(on: socket) { taken = Int(clamping: received &- start) }
        guard taken <= limit else {
            throw PostgresError(.tooLarge, message: "the server sent more than \(limit >> 10) KiB", isOutcomeUnknown: isQuerySent)
        }
    }

    /// For local sockets, which have no count: libpq has room for this many bytes whenever it reads, so none is counted twice.
    private static let leastRead = 8192

    /// The bytes received over TCP since the connection was opened; nil for any other kind of socket.
    private static func received(on socket: Int32) -> UInt64? {
        var info = [UInt8](repeating: 0, count: 256)
        var length = socklen_t(info.count)
        guard getsockopt(socket, Int32(IPPROTO_TCP), TCP_INFO, &info, &length) == 0, Int(length) >= bytesReceived + 8 else { return nil }
        return info.withUnsafeBytes { $0.loadUnaligned(fromByteOffset: bytesReceived, as: UInt64.self) }
    }

    /// The offset of `tcpi_bytes_received` in the kernel's `struct tcp_info` (linux/tcp.h, since 4.1); glibc's struct ends before it.
    private static let bytesReceived = 128

    private static func waiting(on socket: Int32) -> Int {
        var count: Int32 = 0
        return ioctl(socket, UInt(FIONREAD), &count) == 0 ? Int(count) : 0
    }
}
