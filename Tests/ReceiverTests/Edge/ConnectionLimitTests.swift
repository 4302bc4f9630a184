import Logging
import NIOCore
import NIOEmbedded
import Telemetry
import Testing

@testable import Receiver

@Suite("The limits of connections")
struct ConnectionLimitTests {
    @Test("Beyond the limit a connection gets only probes, the oldest of these is closed for a new one, and a closed one frees its place")
    func connections() throws {
        let limit = makeLimit(connections: 2)
        let full = try (0..<2).map { _ in try connection() }
        for channel in full { #expect(limit.admit(channel) == .full) }
        let probes = try (0..<9).map { _ in try connection() }
        for channel in probes { #expect(limit.admit(channel) == .probesOnly) }
        probes[0].embeddedEventLoop.run()
        #expect(!probes[0].isActive)
        #expect(probes.dropFirst().allSatisfy { $0.isActive && limit.isProbesOnly($0) })
        #expect(limit.open == 10)
        for channel in probes.dropFirst() { try close(channel) }
        #expect(limit.open == 2)
        #expect(limit.admit(try connection()) == .probesOnly)
        try close(full[0])
        #expect(limit.admit(try connection()) == .full)
    }

    @Test(
        "The number of connections per address is limited, except for loopback and trusted proxies",
        arguments: [("192.0.2.1", true), ("2001:db8::1", true), ("127.0.0.1", false), ("10.1.2.3", false)])
    func perAddress(address: String, isLimited: Bool) throws {
        let limit = makeLimit(perAddress: 2)
        let first = try connection(from: address)
        #expect(limit.admit(first) == .full)
        #expect(limit.admit(try connection(from: address)) == .full)
        #expect(limit.admit(try connection(from: address)) == (isLimited ? .refused : .full))
        #expect(limit.admit(try connection(from: "192.0.2.200")) == .full)
        try close(first)
        #expect(limit.admit(try connection(from: address)) == .full)
    }

    @Test("If descriptors run out, the reserve is released one by one, then the connections that use it are closed")
    func descriptors() throws {
        let limit = makeLimit()
        #expect(limit.admit(try connection()) == .full)
        for _ in 0..<8 { #expect(limit.ranOutOfDescriptors()) }
        #expect(!limit.ranOutOfDescriptors())
        // The system has descriptors again, so the reserve has been filled.
        #expect(limit.admit(try connection()) == .full)
        #expect(limit.ranOutOfDescriptors())
    }

    private func makeLimit(connections: Int = 100, perAddress: Int = 100) -> ConnectionLimit {
        let limits = Edge.Limits(
            connections: connections, connectionsPerAddress: perAddress,
            trustedProxies: TrustedProxies(["10.0.0.0/8"].compactMap { AddressRange($0) }))
        return ConnectionLimit(
            limits, counts: EdgeCounts(PrometheusMetrics()), logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    private func close(_ channel: EmbeddedChannel) throws {
        try channel.close().wait()
        channel.embeddedEventLoop.run()
    }

    private func connection(from address: String = "127.0.0.1") throws -> EmbeddedChannel {
        let channel = EmbeddedChannel()
        channel.remoteAddress = try SocketAddress(ipAddress: address, port: 1)
        try channel.connect(to: SocketAddress(ipAddress: address, port: 1)).wait()
        return channel
    }
}
