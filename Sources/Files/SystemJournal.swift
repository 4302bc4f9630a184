import Foundation

/// The log of systemd, which keeps what a service prints and shows it to others.
public enum SystemJournal {
    /// Whether the descriptor leads there. systemd names the file in `JOURNAL_STREAM`, a variable that programs inherit even if their
    /// output goes elsewhere (systemd.exec(5), read 2026-11-27).
    public static func isBehind(_ descriptor: Int32, environment: [String: String]) -> Bool {
        var status = stat()
        return unsafe fstat(descriptor, &status) == 0 && environment["JOURNAL_STREAM"] == "\(status.st_dev):\(status.st_ino)"
    }
}
