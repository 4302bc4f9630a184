import Foundation

/// A file system of a few megabytes in memory, visible only to one process and its children.
enum SmallDisk {
    /// Whether this machine lets its users create one (user namespaces).
    static let canBeMade: Bool = {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", "d=$(mktemp -d) && unshare -rm mount -t tmpfs tmpfs $d; code=$?; rmdir $d; exit $code"]
        process.standardError = FileHandle.nullDevice
        do { try process.run() } catch { return false }
        process.waitUntilExit()
        return process.terminationStatus == 0
    }()

    /// A shell command that creates the disk at `folder`, a new folder, and then becomes another process.
    static func setup(megabytes: Int, at folder: String) -> String {
        let inside = "mount -t tmpfs -o size=\(megabytes)m tmpfs \(folder) && exec \"$@\""
        return "mkdir \(folder) && exec unshare -rm bash -c '\(inside)' bash \"$@\""
    }
}
