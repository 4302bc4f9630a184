import Files
import Messaging

/// The users besides the gateway's who can change the files of settings and secrets, or read the secrets: for doctor, and for warnings at
/// the start.
struct SettingsFileRules {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    var findings: [Finding] {
        [(settings.file, "settings"), (settings.environmentFile, "secrets")].flatMap { path, what in
            path.flatMap { FileAccess(of: $0) }.map { findings(of: $0, holding: what) } ?? []
        }
    }

    private func findings(of file: FileAccess, holding what: String) -> [Finding] {
        var findings: [Finding] = []
        if !file.belongs(toOneOf: owners) {
            findings.append(
                Finding(
                    .warn, Self.check, "\(file.path): belongs to another user (\(file.ownerName)), who can change the gateway's \(what)",
                    advice: "give it to root or to the gateway's user: chown root \(file.path)"))
        }
        if file.isWritableByAll {
            findings.append(
                Finding(
                    .warn, Self.check, "\(file.path): every user of this machine can change the gateway's \(what) (mode \(file.mode))",
                    advice: "chmod o-w \(file.path)"))
        }
        if what == "secrets", file.isReadableByAll {
            findings.append(
                Finding(
                    .warn, Self.check, "\(file.path): every user of this machine can read the secrets in it (mode \(file.mode))",
                    advice: "chmod 600 \(file.path)"))
        }
        return findings
    }

    /// The gateway's user, even if another user runs the check: the owner of the journal's folder.
    private var owners: [UInt32] { FileAccess.owner(ofFolderOf: settings.journal.path).map { [$0] } ?? [] }

    private static let check = "settings.access"
}

extension Settings {
    /// Whether only this machine can reach the gateway; a trusted proxy also admits others.
    var isForThisMachineAlone: Bool { server.isLoopback && server.isPublicURLLoopback && server.trustedProxies.isEmpty }
}
