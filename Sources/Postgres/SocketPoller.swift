import CPostgres
import Foundation

/// Waits for sockets on a connection's thread, until it is woken because a query's caller gave up.
struct SocketPoller {
    let wakeup: Wakeup

    /// Events to wait for, or that have occurred. After an end or error, all events that are waited for have occurred.
    struct Events: OptionSet {
        let rawValue: Int16
        static let read = Events(rawValue: Int16(POLLIN))
        static let write = Events(rawValue: Int16(POLLOUT))
    }

    /// Waits until the socket is ready. Throws if the query has ended.
    func wait(
        for query: PendingQuery, on socket: Int32, _ events: Events, until deadline: ContinuousClock.Instant? = nil
    ) throws(PostgresError) -> Events {
        while true {
            let ready = poll(socket, events, until: deadline)
            guard !query.isEnded else { throw .givenUp }
            if !ready.isEmpty { return ready }
            if let deadline, deadline <= .now { return [] }
        }
    }

    /// Sleeps until it is woken; returns true if the socket became readable.
    func rest(beside socket: Int32?) -> Bool { poll(socket ?? -1, .read, until: nil).contains(.read) }

    /// Whether there is something to read now, including the end of the stream.
    func isReadable(_ socket: Int32) -> Bool {
        var entry = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return Foundation.poll(&entry, 1, 0) != 0
    }

    /// Empty if it was woken, the time is over or a signal arrived.
    private func poll(_ socket: Int32, _ events: Events, until deadline: ContinuousClock.Instant?) -> Events {
        var entries = [
            pollfd(fd: socket, events: events.rawValue, revents: 0),
            pollfd(fd: wakeup.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        guard Foundation.poll(&entries, nfds_t(entries.count), deadline.milliseconds) > 0 else { return [] }
        if entries[1].revents != 0 { wakeup.reset() }
        let found = entries[0].revents
        // libpq finds out itself what is wrong with a socket.
        return found & Int16(POLLERR | POLLHUP | POLLNVAL) != 0 ? events : Events(rawValue: found)
    }
}

extension SocketPoller {
    /// Performs the steps of connecting.
    func connect(_ handle: OpaquePointer, to target: ConnectionTarget, for query: PendingQuery) throws(PostgresError) {
        let deadline = ContinuousClock.now + target.connectTimeout
        var wanted = Events.write
        var intake = Intake(limit: target.answerBytes)
        while PQstatus(handle) != CONNECTION_BAD {
            guard try !wait(for: query, on: PQsocket(handle), wanted, until: deadline).isEmpty else {
                throw PostgresError(.timedOut, message: "no connection within \(target.connectTimeout)")
            }
            try intake.count(on: PQsocket(handle))
            switch PQconnectPoll(handle) {
            case PGRES_POLLING_OK: return
            case PGRES_POLLING_READING: wanted = .read
            case PGRES_POLLING_WRITING: wanted = .write
            default: throw PostgresError(refusalOf: handle, target)
            }
        }
        throw PostgresError(refusalOf: handle, target)
    }
}

extension Optional<ContinuousClock.Instant> {
    /// The milliseconds from now for `poll`, rounded up; -1 means without limit.
    fileprivate var milliseconds: Int32 {
        guard let self else { return -1 }
        let left = ContinuousClock.now.duration(to: self) / .milliseconds(1)
        return Int32(max(0, min(left.rounded(.up), Double(Int32.max))))
    }
}
