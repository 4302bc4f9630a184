import Relay

extension CallFailure {
    /// What an operator should check, in one sentence.
    public var advice: String {
        switch (code, status) {
        case ("42501", 401): "check the key: the call came as anon; the key must be the project's service_role key or an sb_secret_ key"
        case ("42501", _), ("0P000", _), ("0L000", _),
            (_, 403) where SQLState(code) != nil:
            "check the permission: service_role needs `execute` on the functions and the tables' grants; `switchboard migrate` gives them"
        case ("28P01", nil), ("28000", nil), ("3D000", _), ("XX000", nil): "check SUPABASE_DB_URL: user, password and database"
        case ("PGRST106", _): "check the Data API's exposed schemas: public must be among them"
        case ("PGRST300", _): "check the API's own settings: it has no JWT secret"
        case (_, 401): "check the key: SUPABASE_SERVICE_ROLE_KEY must be this project's service_role key or an sb_secret_ key, not revoked"
        case (_, 402): "check the project's plan: it is restricted until its usage or its bill is settled"
        case (_, 540): "check the project: it is paused; resume it in the dashboard"
        case ("25006", _): "check the disk: the database is read-only, as Supabase makes it when its disk is nearly full"
        case (_, 413): "the batch is too large for the server: it is sent in smaller parts"
        case (_, _) where isOfTheSchema:
            "check the schema: run `switchboard migrate`, then `notify pgrst, 'reload schema'` where the API does not see it yet"
        default: adviceByDisposition
        }
    }

    private var adviceByDisposition: String {
        switch disposition {
        case .retry: "retried automatically; check the network and the project's status where it lasts"
        case .pause: "check SUPABASE_URL: what answers there is no Supabase project"
        case .permanent: "check the record against the schema: it is refused as it is"
        case .alreadyThere: "nothing to do: it was stored before"
        }
    }

    private var isOfTheSchema: Bool { code.hasPrefix("PGRST2") || SQLState.missing.contains(code) || code.hasPrefix("42") }
}
