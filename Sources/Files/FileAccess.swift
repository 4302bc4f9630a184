import Foundation

/// Who may do what with a file that people keep for a gateway: its settings, its secrets.
public struct FileAccess: Sendable, Equatable {
    /// As somebody named it.
    public let path: String
    private let owner: UInt32
    private let bits: UInt32

    /// Nil where there is no regular file: a pipe or a device is its maker's business.
    public init?(of path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        self.path = path
        owner = status.st_uid
        bits = status.st_mode & 0o7777
    }

    /// Whether every user of the machine may write to it.
    public var isWritableByAll: Bool { bits & 0o002 != 0 }

    /// Whether every user of the machine may read it.
    public var isReadableByAll: Bool { bits & 0o004 != 0 }

    /// As chmod takes it: `0666`.
    public var mode: String { "0" + String(bits, radix: 8) }

    /// Whether its owner is one of these users, root, or the user of this process.
    public func belongs(toOneOf users: [UInt32]) -> Bool { ([0, geteuid()] + users).contains(owner) }

    /// The name of its owner, the number where the system knows no name.
    public var ownerName: String {
        guard let entry = unsafe getpwuid(owner) else { return "\(owner)" }
        return unsafe String(cString: entry.pointee.pw_name)
    }

    /// The user that the folder of a file belongs to; nil where there is no such folder.
    public static func owner(ofFolderOf path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(GatewayFile.folder(of: path), &status) == 0 ? status.st_uid : nil
    }
}
