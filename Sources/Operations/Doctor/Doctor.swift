public import JSON
import Journal
public import Messaging
public import Supabase

/// Examines settings, journal and database, and reports problems and how to fix them. It changes nothing.
public struct Doctor: Sendable {
    private let settings: [Finding]
    private let path: String
    private let minimumFreeSpace: Int
    private let plan: PersistencePlan
    private let checksIntegrity: Bool
    private let now: TimeSource

    /// `settings` are the findings about the settings. The journal is at `path`, and its disk should have `minimumFreeSpace` free bytes;
    /// `checksIntegrity` reads the whole file.
    public init(
        settings: [Finding], journal path: String, minimumFreeSpace: Int, plan: PersistencePlan, checksIntegrity: Bool = false,
        now: @escaping TimeSource = { .now }
    ) {
        self.settings = settings
        self.path = path
        self.minimumFreeSpace = minimumFreeSpace
        self.plan = plan
        self.checksIntegrity = checksIntegrity
        self.now = now
    }

    /// The findings in the order in which a gateway depends on them.
    public func findings() async -> [Finding] {
        let journal = await JournalInspection.of(path, target: plan.target, checksIntegrity: checksIntegrity)
        let rules = JournalRules(journal, letters: await letters(in: journal), path: path, minimumFreeSpace: minimumFreeSpace)
        let database = await database()
        // The finding about the actual connection is the authoritative one.
        let isConnected = database.contains { $0.check == "supabase.reachable" && $0.level == .ok }
        return settings + rules.findings(at: now()) + [PersistenceRule.finding(of: plan, isConnected: isConnected)]
            + PersistenceRule.keyFindings(of: plan, at: now()) + database
    }

    /// Nil if there is no journal, or one of another version.
    private func letters(in journal: JournalInspection) async -> OpenLetters? {
        guard journal.isThere, journal.readFailure == nil, journal.schema == .current else { return nil }
        return try? await OpenLetters(JournalReader(path: path), schema: plan.schema)
    }

    private func database() async -> [Finding] {
        do {
            guard let source = try plan.makeTransport(connections: 1) else { return [] }
            defer { source.shutdown() }
            return await DatabaseExamination(source, now: now).findings()
        } catch {
            return [Finding(.fail, "supabase", "\(error)", advice: PersistenceRule.urlAdvice(of: plan))]
        }
    }
}

extension Finding: Presentable {
    /// Writes `{"level":…,"check":…,"message":…,"advice":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("level", level.rawValue)
            line.member("check", check)
            line.member("message", message)
            line.member("advice", ifPresent: advice)
        }
    }
}
