import Foundation
import SwitchboardTesting

/// A TCP connection to a gateway, for requests that no HTTP client would send.
final class RawConnection {
    private let descriptor: Int32
    private var unsent: [UInt8] = []

    /// Connects; throws if nothing listens. With `window` the system buffers only about this many unread bytes.
    init(to gateway: GatewayProcess, window: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        if var window { setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &window, socklen_t(MemoryLayout<Int32>.size)) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = gateway.port.bigEndian
        address.sin_addr.s_addr = INADDR_LOOPBACK.bigEndian
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        // All properties are initialized by now, so deinit closes the socket.
        guard result == 0 else { throw ProcessFailure("no connection: \(String(cString: strerror(errno)))") }
    }

    deinit { close(descriptor) }

    /// Sends a text; false if the other side has closed the connection.
    @discardableResult
    func write(_ text: String) -> Bool {
        let bytes = Array(text.utf8)
        return send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count
    }

    /// Sends as much as the system accepts without waiting, first the rest of the previous text; false if the other side has closed the
    /// connection.
    func push(_ text: String) -> Bool {
        let bytes = unsent.isEmpty ? Array(text.utf8) : unsent
        let count = send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        guard count >= 0 || errno == EAGAIN else { return false }
        unsent = Array(bytes.dropFirst(max(0, count)))
        return true
    }

    /// The bytes received so far, up to 4096; nil if there are none, empty at the end.
    func read() -> String? {
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count < 0 { return errno == EAGAIN ? nil : "" }
        return String(decoding: bytes.prefix(count), as: UTF8.self)
    }

    /// Reads until the received text contains `end`, and returns it.
    func readUntil(_ end: String) async throws -> String {
        var all = ""
        return try await waiting(for: "an answer with \(end)") {
            all += read() ?? ""
            return all.contains(end) ? all : nil
        }
    }

    /// Reads until the other side closes the connection.
    func readToEnd() async throws -> String {
        var all = ""
        return try await waiting(for: "the gateway to close a connection") {
            let chunk = read()
            all += chunk ?? ""
            return chunk == "" ? all : nil
        }
    }
}
