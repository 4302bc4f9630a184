import Foundation

/// How much room there is for a file.
public enum DiskSpace {
    /// Bytes free where the file is, or where it would be made; nil where the system does not tell.
    public static func free(at path: String) -> Int64? {
        var statistics = statvfs()
        guard unsafe statvfs(path, &statistics) == 0 || statvfs(nearestFolder(of: path), &statistics) == 0 else { return nil }
        // File systems of the network and of user space tell what they like.
        let bytes = Int64(clamping: statistics.f_bavail).multipliedReportingOverflow(by: Int64(clamping: statistics.f_frsize))
        return bytes.overflow ? .max : bytes.partialValue
    }

    /// The folder of the file, or the first above it that is there.
    public static func nearestFolder(of path: String) -> String {
        var folder = URL(fileURLWithPath: path).deletingLastPathComponent()
        while !FileManager.default.fileExists(atPath: folder.path), folder.path != "/" { folder.deleteLastPathComponent() }
        return folder.path
    }
}
