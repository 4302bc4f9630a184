import Foundation

/// The free space on a file's disk.
public enum DiskSpace {
    /// The free bytes on the disk of a file, or on the disk where the file would be created; nil if the system does not report them.
    public static func free(at path: String) -> Int64? {
        var statistics = statvfs()
        guard unsafe statvfs(path, &statistics) == 0 || statvfs(nearestFolder(of: path), &statistics) == 0 else { return nil }
        // Network file systems and those in user space may report any number.
        let bytes = Int64(clamping: statistics.f_bavail).multipliedReportingOverflow(by: Int64(clamping: statistics.f_frsize))
        return bytes.overflow ? .max : bytes.partialValue
    }

    /// The folder of the file, or the nearest existing folder above it.
    public static func nearestFolder(of path: String) -> String {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" { folder.deleteLastPathComponent() }
        return folder.path
    }
}
