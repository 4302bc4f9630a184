import Foundation
import Journal
public import Messaging

/// Reports wrong owners of a journal's files: in doctor, and as warnings at the start.
public enum OwnershipRule {
    /// Examines the files; no findings if all is well.
    public static func findings(of path: String) -> [Finding] { findings(of: path, JournalOwnership(of: path)) }

    static func findings(of path: String, _ seen: JournalOwnership) -> [Finding] {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        var findings: [Finding] = []
        if !seen.strays.isEmpty {
            // Root may write to the file, whoever owns it.
            findings.append(
                Finding(
                    .warn, "journal.owner",
                    "\(seen.strays.joined(separator: ", ")): belongs to another user than its folder, whose owner cannot open it",
                    advice: "give it to the gateway's user: chown --reference=\(folder) \(seen.strays.joined(separator: " "))"))
        }
        if !seen.planted.isEmpty {
            findings.append(
                Finding(
                    .warn, "journal.owner",
                    "\(seen.planted.joined(separator: ", ")): of another user, who may have put it there, since every user may write to "
                        + "\(folder)",
                    advice: "check with `ls -l` whose it is; move it away if it is not the gateway's, and do not let others write to the "
                        + "folder: "
                        + "chmod go-w \(folder)"))
        }
        return findings
    }
}
