import Journal
import Operations
import Supabase

extension DeadLetterRetry {
    /// Uses the accounts and the database of the settings. Throws if one of them cannot be used.
    public init(_ settings: Settings, journal: Journal) throws {
        let adapters = try AdapterRegistry.shipped.makeAdapters(for: settings.accounts)
        try self.init(journal: journal, plan: PersistencePlan(settings.supabase)) { adapters[$0, $1] }
    }
}
