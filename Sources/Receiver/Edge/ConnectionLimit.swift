import Foundation
import Logging
import NIOCore
import Synchronization

/// Counts open connections and decides about each new one.
///
/// Some file descriptors are kept in reserve. If connections or descriptors have run out, a new connection takes one of them and may only
/// request probes, so that a supervisor can still see the gateway's state; when the reserve is used up, the oldest of these is closed.
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
        /// In the order of arrival.
        var probesOnly: [any Channel] = []
        var reserve: [Int32] = []
        /// Whether descriptors have run out, and whether this has been logged.
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

    /// Decides about an accepted connection, and counts it until it closes unless it is refused.
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

    /// Whether an admitted connection may only request probes.
    func isProbesOnly(_ channel: any Channel) -> Bool {
        state.withLock { $0.probesOnly.contains { $0 === channel } }
    }

    /// Releases a descriptor of the reserve, so that a connection can be accepted. If none is left, closes the connections that have them
    /// and returns false.
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

    /// The address by which a connection is counted; nil if it is not counted by address.
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

    /// Fills the reserve; returns whether it is full.
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

    /// Logs an event, each kind at most once per minute.
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
