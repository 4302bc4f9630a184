import Foundation
import Logging

/// The process's limit of open files; each connection needs one.
enum DescriptorLimit {
    /// Descriptors for the journal, the database's connections and everything else that the process opens.
    private static let others = 256

    /// The smallest usable limit: journal, log, event loops and the reserve for probes need about thirty.
    static let least = 64

    /// Throws if the process may open too few files to serve.
    static func check() throws(SettingsError) {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0, limit.rlim_max < rlim_t(least) else { return }
        throw SettingsError(
            "", "the process may open \(limit.rlim_max) files, and needs at least \(least): raise LimitNOFILE (ulimit -n)")
    }

    /// Raises the limit for this many connections, as far as the system allows; returns how many connections are possible.
    static func raise(for connections: Int, logger: Logger) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return connections }
        let wanted = rlim_t(connections + others)
        if limit.rlim_cur < wanted {
            var raised = limit
            raised.rlim_cur = min(wanted, limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &raised) == 0 { limit = raised }
        }
        let possible = self.possible(within: Int(clamping: limit.rlim_cur))
        guard possible < connections else { return connections }
        logger.warning(
            "the limit of open files allows fewer connections than server.max_connections",
            metadata: [
                "limit": "\(limit.rlim_cur)", "connections": "\(possible)",
                "advice": "raise LimitNOFILE (ulimit -n) to \(wanted), or lower server.max_connections",
            ])
        return possible
    }

    /// With a small limit, a quarter of it is left for everything else.
    private static func possible(within limit: Int) -> Int { max(1, limit - min(others, limit / 4)) }
}
