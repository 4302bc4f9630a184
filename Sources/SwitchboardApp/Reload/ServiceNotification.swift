import Foundation
import NIOCore

/// Tells systemd what the gateway does, for units of Type=notify and notify-reload: sd_notify(3).
struct ServiceNotification: Sendable {
    /// The address of systemd's socket: a path, or @ and an abstract name; nil if systemd does not listen.
    private let socketName: String?

    init(environment: [String: String] = ProcessInfo.processInfo.environment) { socketName = environment["NOTIFY_SOCKET"] }

    /// The gateway listens, or has ended a reload.
    func ready() { send("READY=1") }

    /// A reload begins. Type=notify-reload requires the time of the monotonic clock in microseconds.
    func reloading() {
        send("RELOADING=1\nMONOTONIC_USEC=\(NIODeadline.now().uptimeNanoseconds / 1000)")
    }

    /// Sends a datagram without waiting. A failure is ignored: systemd then acts as if nothing had been said.
    private func send(_ state: String) {
        guard let socketName, var address = Self.address(socketName) else { return }
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return }
        defer { close(descriptor) }
        let length = socklen_t(MemoryLayout<sa_family_t>.size + socketName.utf8.count)
        let bytes = Array(state.utf8)
        _ = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                sendto(descriptor, bytes, bytes.count, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL), address, length)
            }
        }
    }

    /// Nil for a name that is too long or has another form, such as vsock:.
    private static func address(_ name: String) -> sockaddr_un? {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var bytes = Array(name.utf8)
        guard let first = bytes.first, [UInt8(ascii: "/"), UInt8(ascii: "@")].contains(first) else { return nil }
        if first == UInt8(ascii: "@") { bytes[0] = 0 }
        let isStored = withUnsafeMutableBytes(of: &address.sun_path) { path in
            guard bytes.count <= path.count else { return false }
            path.copyBytes(from: bytes)
            return true
        }
        return isStored ? address : nil
    }
}
