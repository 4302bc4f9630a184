import Foundation

/// A process that outlives the tests' process, ends every PostgreSQL that it has left, and removes their folders.
/// It waits for a lock that the tests' process holds, and that the system releases even if that process is killed. A parent death signal
/// would not work, since it is sent when the parent's thread ends.
final class PostgresWatchdog: Sendable {
    /// The folder that contains those of all servers of this process.
    let folder: String
    private let lock: Int32

    static let shared = Result { try PostgresWatchdog() }

    private init() throws {
        folder = "\(NSTemporaryDirectory().trimmingSuffix("/"))/switchboard-postgres-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try PostgresCluster.giveAway(folder)
        lock = open("\(folder)/lock", O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard lock >= 0, flock(lock, LOCK_EX | LOCK_NB) == 0 else { throw ProcessFailure("\(folder) cannot be locked") }
        _ = try ChildProcess(
            "/usr/bin/setsid", ["/bin/sh", "-c", PostgresWatchdog.script, folder], in: folder, environment: ["PATH": "/usr/bin:/bin"])
    }

    /// The script's only argument is the folder; processes working in it are ended, first by SIGQUIT, which makes PostgreSQL release its
    /// shared memory.
    private static let script = """
        cd /
        trap '' HUP INT TERM
        flock "$0/lock" true
        signal=QUIT
        for attempt in 1 2 3 4 5 6 7 8 9 10; do
            found=
            for link in /proc/[0-9]*/cwd; do
                case "$(readlink "$link")" in
                "$0"/*) id=${link#/proc/}; kill -s "$signal" "${id%/cwd}" && found=1 ;;
                esac
            done
            [ -n "$found" ] || break
            [ "$attempt" -lt 5 ] || signal=KILL
            sleep 0.2
        done
        rm -rf "$0"
        """
}

extension String {
    fileprivate func trimmingSuffix(_ suffix: String) -> String { hasSuffix(suffix) ? String(dropLast(suffix.count)) : self }
}
