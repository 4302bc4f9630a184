import Journal
import Messaging
import Supabase

/// Looks at settings, journal and database, and says what is wrong and how to mend it. It changes nothing.
public struct Doctor: Sendable {
    private let path: String?
    private let environment: SettingsEnvironment
    private let checksIntegrity: Bool
    private let now: TimeSource

    /// `path` is the settings file that somebody named; `checksIntegrity` reads all of the journal.
    public init(path: String?, environment: SettingsEnvironment, checksIntegrity: Bool = false, now: @escaping TimeSource = { .now }) {
        self.path = path
        self.environment = environment
        self.checksIntegrity = checksIntegrity
        self.now = now
    }

    /// In the order in which a gateway depends on them. Settings that cannot be read end it.
    public func findings() async -> [Finding] {
        do throws(SettingsError) {
            let settings = try Settings.load(path: path, environment: environment)
            let plan = PersistencePlan(settings.supabase)
            let journal = await JournalInspection.of(settings.journal.path, target: plan.target, checksIntegrity: checksIntegrity)
            return SettingsRules(settings, file: path).findings + JournalRules(journal, settings.journal).findings(at: now())
                + [PersistenceRule.finding(of: plan)] + PersistenceRule.keyFindings(of: plan, at: now()) + (await database(plan))
        } catch {
            return error.problems.map { Finding(.fail, "settings", $0.description, advice: error.source.map { "correct \($0)" }) }
        }
    }

    private func database(_ plan: PersistencePlan) async -> [Finding] {
        do {
            guard let source = try plan.makeTransport(connections: 1) else { return [] }
            defer { source.shutdown() }
            return await DatabaseExamination(source, now: now).findings()
        } catch {
            return [Finding(.fail, "supabase", "\(error)", advice: PersistenceRule.urlAdvice(of: plan))]
        }
    }
}
