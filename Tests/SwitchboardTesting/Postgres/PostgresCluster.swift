import Foundation

/// The folder of one PostgreSQL, and the account that runs its programs, since root may not.
struct PostgresCluster: Sendable {
    let folder: String
    var dataFolder: String { "\(folder)/data" }

    private static let account = "postgres"
    private static let template = Once { try await initialized() }

    /// A copy of a cluster that is initialized once per process.
    static func make() async throws -> PostgresCluster {
        let template = try await template.value()
        let cluster = try PostgresCluster()
        try await cluster.run("/bin/cp", ["-a", template.dataFolder, cluster.dataFolder])
        return cluster
    }

    private static func initialized() async throws -> PostgresCluster {
        let cluster = try PostgresCluster()
        try Data(PostgresServer.password.utf8).write(to: URL(fileURLWithPath: "\(cluster.folder)/password"))
        try await cluster.run(
            try program("initdb"),
            [
                "-D", cluster.dataFolder, "-U", "postgres", "--pwfile=\(cluster.folder)/password", "--auth=scram-sha-256", "--no-sync",
                "--encoding=UTF8", "--locale=C.UTF-8", "--wal-segsize=1",
            ])
        return cluster
    }

    private init() throws {
        folder = "\(try PostgresWatchdog.shared.get().folder)/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        try PostgresCluster.giveAway(folder)
    }

    /// Makes the account the owner of a path.
    static func giveAway(_ path: String) throws {
        guard geteuid() == 0 else { return }
        guard let user = getpwnam(account) else { throw ProcessFailure("there is no user \(account): is PostgreSQL installed?") }
        guard chown(path, user.pointee.pw_uid, user.pointee.pw_gid) == 0 else { throw ProcessFailure("\(path) cannot be given away") }
    }

    /// Starts one of PostgreSQL's programs.
    func spawn(_ name: String, _ arguments: [String]) throws -> ChildProcess { try spawn(path: PostgresCluster.program(name), arguments) }

    /// Waits until a server accepts connections; throws if it ends instead.
    func ready(_ process: ChildProcess) async throws {
        try await waiting(for: "PostgreSQL to start") {
            guard process.isRunning else { throw ProcessFailure("PostgreSQL ended at its start: \(process.errors)") }
            let file = try? String(contentsOfFile: "\(dataFolder)/postmaster.pid", encoding: .utf8)
            let lines = file?.split(separator: "\n", omittingEmptySubsequences: false) ?? []
            // The eighth line contains the state; pg_ctl reads it as well.
            return lines.count >= 8 && lines[0] == "\(process.id)" && lines[7].hasPrefix("ready") ? () : nil
        }
    }

    /// Kills every process whose working directory is the folder, and waits until all have ended.
    func killAll() async throws {
        try await waiting(for: "PostgreSQL's processes to be gone") {
            let processes = try FileManager.default.contentsOfDirectory(atPath: "/proc").compactMap { pid_t($0) }.filter { id in
                (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/\(id)/cwd")) == dataFolder
            }
            for id in processes { kill(id, SIGKILL) }
            return processes.isEmpty ? () : nil
        }
    }

    private func run(_ path: String, _ arguments: [String]) async throws {
        let process = try spawn(path: path, arguments)
        guard try await process.ended() == .exit(code: 0) else { throw ProcessFailure("\(path) failed: \(process.errors)") }
    }

    private func spawn(path: String, _ arguments: [String]) throws -> ChildProcess {
        let command = [path] + arguments
        let account = PostgresCluster.account
        // setpriv is replaced by the program, while runuser would remain its parent.
        let line = geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid", account, "--regid", account, "--init-groups"] + command : command
        return try ChildProcess(line[0], Array(line.dropFirst()), in: folder, environment: ["PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"])
    }

    /// The path of the newest installed version's program; Debian does not put the server's programs into the PATH.
    private static func program(_ name: String) throws -> String {
        let root = "/usr/lib/postgresql"
        let versions = (try? FileManager.default.contentsOfDirectory(atPath: root))?.compactMap { Int($0) }.sorted() ?? []
        let paths = versions.reversed().map { "\(root)/\($0)/bin/\(name)" }
        guard let path = paths.first(where: FileManager.default.isExecutableFile) else {
            throw ProcessFailure("there is no \(name) below \(root): install postgresql")
        }
        return path
    }
}
