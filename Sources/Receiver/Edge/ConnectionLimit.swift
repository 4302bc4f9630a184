import Foundation
import Logging
import NIOCore
import Synchronization

/// Counts open connections and decides about each new one.
///
/// Some descriptors are kept in reserve. Where connections or descriptors have run out, a new connection takes one of them and is answered probes
/// alone, so that a supervisor is still told how the gateway is; the oldest of these makes room for the next.
final class ConnectionLimit: Sendable {
    /// What a connection may do.
    enum Admission: Sendable { case full, probesOnly, refused }

    private let limits: Edge.Limits
    private let counts: EdgeCounts
    private let logger: Logger
    private let state = Mutex(State())

    private struct State {
        var open = 0
        var openByAddress: [IPAddress: Int] = [:]
        /// In the order they came.
        var probesOnly: [any Channel] = []
        var reserve: [Int32] = []
        /// Whether descriptors have run out, and whether the log says so.
        var isShort = false
        var hasSaidShort = false
        var saidAt: [EdgeCounts.Event: NIODeadline] = [:]
    }

    private static let reserveSize = 8

    init(_ limits: Edge.Limits, counts: EdgeCounts, logger: Logger) {
        self.limits = limits
        self.counts = counts
        self.logger = logger
    }

    deinit { state.withLock { $0.reserve.forEach { close($0) } } }

    /// Decides about a connection that was accepted; one that is not refused is counted until it closes.
    func admit(_ channel: any Channel) -> Admission {
        let address = countedAddress(of: channel)
        let (admission, event, evicted) = state.withLock { state -> (Admission, EdgeCounts.Event?, (any Channel)?) in
            if let address, state.openByAddress[address, default: 0] >= limits.connectionsPerAddress {
                return (.refused, .tooManyOfAddress, nil)
            }
            state.open += 1
            if let address { state.openByAddress[address, default: 0] += 1 }
            let isShort = !fillReserve(&state)
            guard isShort || state.open - state.probesOnly.count > limits.connections else { return (.full, nil, nil) }
            let evicted = state.probesOnly.count >= Self.reserveSize ? state.probesOnly.removeFirst() : nil
            state.probesOnly.append(channel)
            return (.probesOnly, isShort ? .noDescriptors : .tooManyConnections, evicted)
        }
        evicted?.close(promise: nil)
        if let event {
            counts.add(event)
            say(event)
        }
        guard admission != .refused else { return .refused }
        channel.closeFuture.whenComplete { _ in self.closed(channel, address) }
        return admission
    }

    /// Whether a connection that was admitted is answered probes alone.
    func isProbesOnly(_ channel: any Channel) -> Bool {
        state.withLock { $0.probesOnly.contains { $0 === channel } }
    }

    /// Gives up a descriptor of the reserve, so that a connection can be accepted; false where none is left, and then the connections that
    /// had them are closed.
    func ranOutOfDescriptors() -> Bool {
        say(.noDescriptors)
        let evicted = state.withLock { state -> [any Channel]? in
            state.isShort = true
            if let descriptor = state.reserve.popLast() {
                close(descriptor)
                return nil
            }
            defer { state.probesOnly = [] }
            return state.probesOnly
        }
        evicted?.forEach { $0.close(promise: nil) }
        return evicted == nil
    }

    var open: Int { state.withLock { $0.open } }

    /// The address that a connection counts for; nil where it counts for none.
    private func countedAddress(of channel: any Channel) -> IPAddress? {
        guard let address = channel.remoteAddress.flatMap({ IPAddress($0) }) else { return nil }
        return address.isLoopback || limits.trustedProxies.contains(address) ? nil : address.network
    }

    private func closed(_ channel: any Channel, _ address: IPAddress?) {
        state.withLock { state in
            state.open -= 1
            state.probesOnly.removeAll { $0 === channel }
            guard let address, let count = state.openByAddress[address] else { return }
            state.openByAddress[address] = count > 1 ? count - 1 : nil
        }
    }

    /// Whether the reserve is full, after an attempt to fill it.
    private func fillReserve(_ state: inout State) -> Bool {
        while state.reserve.count < Self.reserveSize {
            let descriptor = Foundation.open("/dev/null", O_RDONLY | O_CLOEXEC)
            guard descriptor >= 0 else { return false }
            state.reserve.append(descriptor)
        }
        if state.isShort {
            state.isShort = false
            if state.hasSaidShort { logger.notice("file descriptors are available again") }
            state.hasSaidShort = false
        }
        return true
    }

    /// Tells the operator, at most once a minute.
    private func say(_ event: EdgeCounts.Event) {
        let now = NIODeadline.now()
        let isDue = state.withLock { state in
            if let last = state.saidAt[event], now - last < .seconds(60) { return false }
            state.saidAt[event] = now
            if event == .noDescriptors { state.hasSaidShort = true }
            return true
        }
        guard isDue else { return }
        switch event {
        case .noDescriptors:
            logger.error(
                "the process has run out of file descriptors: new connections wait, only probes are answered",
                metadata: ["connections": "\(open)", "advice": "raise LimitNOFILE (ulimit -n), or lower server.max_connections"])
        case .tooManyOfAddress:
            logger.warning(
                "a client address has reached its limit of connections: further connections are closed",
                metadata: ["setting": "server.connections_per_address", "limit": "\(limits.connectionsPerAddress)"])
        default:
            logger.warning(
                "the limit of connections is reached: further connections only get answers to probes",
                metadata: ["setting": "server.max_connections", "limit": "\(limits.connections)"])
        }
    }
}
