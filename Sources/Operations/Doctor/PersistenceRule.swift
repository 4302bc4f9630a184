public import Messaging
public import Supabase

/// The findings about the connection to the database that need only the settings.
public enum PersistenceRule {
    /// `isConnected` says that another finding names the address of the connection, which may differ from the URL's.
    static func finding(of plan: PersistencePlan, isConnected: Bool = false) -> Finding {
        switch plan {
        case .postgres:
            Finding(
                .ok, "supabase",
                (["by Postgres" + (isConnected ? "" : ": \(plan.target ?? "a URL that cannot be read")")] + plan.notices)
                    .joined(separator: "; "))
        case .rest: Finding(.ok, "supabase", "by REST: \(plan.target ?? "")")
        case .disabled(let setting, let reason):
            Finding(
                .warn, "supabase", "persistence is disabled: \(reason)",
                advice: setting == "supabase.write"
                    ? "to write to Supabase, set it to true; until then everything stays in the journal"
                    : "set SUPABASE_URL and SUPABASE_SERVICE_ROLE_KEY, or SUPABASE_DB_URL; without them everything stays in the journal")
        }
    }

    /// The findings about a key that need no call: its kind, its project and its expiry. None if no key is used.
    public static func keyFindings(of plan: PersistencePlan, at now: Instant) -> [Finding] {
        guard case .rest(let url, let key, _) = plan else { return [] }
        return [ServiceKey(key, url: url).finding(at: now)]
    }

    static func urlAdvice(of plan: PersistencePlan) -> String {
        if case .postgres = plan { return "supabase.db_url is a URL like postgres://USER:PASSWORD@HOST:5432/postgres" }
        return "supabase.url is a URL like https://PROJECT.supabase.co"
    }
}
