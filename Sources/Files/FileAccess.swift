import Foundation

/// The owner and permissions of a file that people keep for the gateway: settings, secrets.
public struct FileAccess: Sendable, Equatable {
    /// The path as it was given.
    public let path: String
    private let owner: UInt32
    private let bits: UInt32

    /// Nil if it is not a regular file; pipes and devices are not checked.
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

    /// The mode in chmod's notation: `0666`.
    public var mode: String { "0" + String(bits, radix: 8) }

    /// Whether its owner is one of these users, root, or the user of this process.
    public func belongs(toOneOf users: [UInt32]) -> Bool { ([0, geteuid()] + users).contains(owner) }

    /// The owner's name, or number if the system knows no name.
    public var ownerName: String {
        guard let entry = unsafe getpwuid(owner) else { return "\(owner)" }
        return unsafe String(cString: entry.pointee.pw_name)
    }

    /// The owner of a file's folder; nil if the folder does not exist.
    public static func owner(ofFolderOf path: String) -> UInt32? {
        var status = stat()
        return unsafe stat(GatewayFile.folder(of: path), &status) == 0 ? status.st_uid : nil
    }
}
