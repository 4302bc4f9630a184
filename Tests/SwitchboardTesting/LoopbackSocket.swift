import Foundation

/// A TCP socket on a free port of 127.0.0.1. It accepts connections but never answers; it is closed with its last reference.
public final class LoopbackSocket: Sendable {
    /// The port that the system chose.
    public let port: Int
    private let descriptor: Int32

    /// Begins to listen.
    public convenience init() throws {
        try self.init(isListening: true)
    }

    private init(isListening: Bool) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        self.descriptor = descriptor
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound, !isListening || listen(descriptor, 8) == 0 else {
            throw ProcessFailure("no socket on 127.0.0.1: \(String(cString: strerror(errno)))")
        }
    }

    deinit { close(descriptor) }

    /// A port on which nothing listens; another process may use it before the caller does.
    public static func freePort() throws -> Int { try LoopbackSocket(isListening: false).port }
}
