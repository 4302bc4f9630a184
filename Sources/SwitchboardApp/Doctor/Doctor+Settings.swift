import Files
import Foundation
import Messaging
import Operations
import Supabase

extension Doctor {
    /// The problems of a settings file, and of its journal and database; if the settings cannot be read, only theirs. `path` is the file
    /// that the user named.
    public static func findings(
        settings path: String?, environment: SettingsEnvironment, checksIntegrity: Bool = false, now: @escaping TimeSource = { .now }
    ) async -> [Finding] {
        do throws(SettingsError) {
            let settings = try Settings.load(path: path, environment: environment, for: .examine)
            return await Doctor(
                settings: SettingsRules(settings).findings, journal: settings.journal.path,
                minimumFreeSpace: settings.journal.minimumFreeSpace, plan: PersistencePlan(settings.supabase),
                checksIntegrity: checksIntegrity, now: now
            ).findings()
        } catch {
            return error.findingsWithFile
        }
    }
}

extension SettingsError {
    /// The same, below a finding that names the settings file, as there is one if the settings can be used; only if that file was read.
    public var findingsWithFile: [Finding] {
        guard let source, SmallFile.isNamed(source) else { return findings }
        return [Finding(.ok, "settings.file", URL(fileURLWithPath: source).path)] + findings
    }

    /// One finding per problem, with its file and line.
    public var findings: [Finding] {
        problems.map { problem in
            problem.remedy.map { Finding(.fail, "settings", problem.statement(in: source), advice: $0) }
                ?? Finding(
                    .fail, "settings", problem.statement(in: source) + (problem.advice.map { "; \($0)" } ?? ""),
                    advice: source.map { "correct \(problem.path.isEmpty ? "" : "\(problem.path) in ")\($0)" })
        }
    }
}
