import Foundation
import NIOCore
import Testing

@testable import SwitchboardApp

@Suite("What systemd is told")
struct ServiceNotificationTests {
    @Test("Readiness, and reloads with their time, reach systemd's socket", arguments: [true, false])
    func states(isAbstract: Bool) throws {
        try TemporaryFolder.with { folder in
            try check(isAbstract ? "@switchboard-\(UUID().uuidString)" : "\(folder)/notify")
        }
    }

    private func check(_ name: String) throws {
        let socket = try Socket(name)
        let systemd = ServiceNotification(environment: ["NOTIFY_SOCKET": name])
        systemd.ready()
        #expect(socket.next() == "READY=1")
        systemd.reloading()
        let reloading = socket.next()
        let microseconds = reloading.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=(\d+)/).flatMap { UInt64($0.output.1) }
        #expect(microseconds.map { $0 > 0 && $0 <= NIODeadline.now().uptimeNanoseconds / 1000 } == true)
    }

    @Test(
        "Without systemd, or with an address that is none, nothing is sent and nothing fails",
        arguments: [nil, "", "vsock:2:1", "/nowhere/notify", "/" + String(repeating: "x", count: 200)])
    func nobody(name: String?) {
        let systemd = ServiceNotification(environment: name.map { ["NOTIFY_SOCKET": $0] } ?? [:])
        systemd.ready()
        systemd.reloading()
    }

    /// A datagram socket, as systemd has it.
    private final class Socket {
        private let descriptor: Int32

        init(_ name: String) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            var bytes = Array(name.utf8)
            if bytes[0] == UInt8(ascii: "@") { bytes[0] = 0 }
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + bytes.count)
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
            }
            try #require(result == 0)
        }

        deinit { close(descriptor) }

        func next() -> String {
            var bytes = [UInt8](repeating: 0, count: 256)
            let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
            return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
        }
    }
}
