import Relay

extension CallFailure {
    /// The roles that a database URL may name.
    static let roles = "the tables' owner or as a role that inherits service_role (authenticator does not: it is noinherit)"

    private var adviceOnLogin: String { "check user, password and database in the connection string (SUPABASE_DB_URL or --db-url)" }

    /// What an operator should check, in one sentence.
    public var advice: String {
        if refusesByFunction { return adviceOnRefusal }
        return switch (code, status) {
        case ("42501", _) where foreignFunction != nil: adviceOnFunction ?? ""
        case ("42501", _) where message.hasPrefix(SQLState.policyRefusal) && disposition == .permanent:
            "the policy is the project's own and refuses the row, which is not stored: change or drop it, "
                + "then run `switchboard dead-letters retry --all --stage sync`"
        case (_, nil) where isOfConnecting && disposition == .pause: adviceOnLogin
        case ("42501", 401): "check the key: the call was made as anon; the key must be the project's service_role key or an sb_secret_ key"
        case ("42501", nil):
            "check the permission of the role in SUPABASE_DB_URL: log in as \(Self.roles); `switchboard migrate` grants service_role what it needs"
        // PostgREST connects to the database by itself, and reports failures of its own connection under its own codes.
        case (_, .some) where status != 401 && ["28", "3D"].contains(code.prefix(2)):
            "check the triggers on Switchboard's tables: the function of one of them raises this; correct the function, or drop its trigger"
        case ("42501", _), ("0P000", _), ("0L000", _),
            (_, 403) where SQLState(code) != nil:
            "check the permission: service_role needs `execute` on the functions and grants on the tables; `switchboard migrate` grants them"
        case (_, _) where isOfTheConnection && ["28P01", "28000", "3D000", "XX000"].contains(code):
            adviceOnLogin
        case ("PGRST106", _): adviceOnExposing
        case ("PGRST300", _): "check the API's own settings: it has no JWT secret"
        case ("PGRST303", _) where message.contains("future"):
            "wait some minutes: the key's token is dated later than the platform's clock"
        case (_, 401): "check the key: SUPABASE_SERVICE_ROLE_KEY must be this project's service_role key or an sb_secret_ key, not revoked"
        case (_, 402): "check the project's plan: it is restricted until its usage or its bill is settled"
        case (_, 540): "check the project: it is paused; resume it in the dashboard"
        case ("25006", _):
            "check the disk: Supabase makes a database read-only when its disk is nearly full. Otherwise the URL is a read replica's, or "
                + "default_transaction_read_only is on for the role or the database: `switchboard doctor` says which"
        case (_, 413): "the batch is too large for the server: it is sent in smaller parts"
        case ("unreachable", nil), ("timed out", nil): adviceOnConnecting
        case ("3F000", _) where isOfForeignSchema: adviceOnForeignSchema
        case (_, _) where adviceOnPublication != nil: adviceOnPublication ?? ""
        case (_, _) where adviceOnFunction != nil: adviceOnFunction ?? ""
        case (_, _) where isOfTheSchema:
            // Only PostgREST, which has an HTTP status, keeps a copy of the schema.
            "check the schema: run `switchboard migrate`"
                + (status == nil ? "" : ", then `notify pgrst, 'reload schema'` if the API does not see it yet")
        default: adviceByDisposition
        }
    }

    /// How to let the API use the schema. Sources: supabase.com, “Using Custom Schemas”; for the setting of the role `authenticator`, its
    /// troubleshooting page on PGRST106; both read 2026-11-26.
    private var adviceOnExposing: String {
        let schemas = schema == .public ? "public" : "public,\(schema)"
        return
            "run `switchboard migrate`, then expose the schema \(schema): Project Settings, API (Data API), Exposed schemas; on a server of your "
            + "own PGRST_DB_SCHEMAS=\(schemas), in addition to the schemas that are exposed already. If the schema is in the list already: "
            + "`alter role authenticator reset pgrst.db_schemas`"
    }

    private var adviceByDisposition: String {
        switch disposition {
        case .retry where foreignFunction != nil:
            "the function \(foreignFunction ?? "") is the project's own and fails. The call is retried automatically; if it keeps failing, "
                + "correct the function, or drop its trigger"
        case .retry: "retried automatically; if it keeps failing, check the network and the project's status"
        case .pause: "check SUPABASE_URL: what answers at this address is not a Supabase project"
        case .permanent: adviceOnRefusal
        case .alreadyThere: adviceOnConflict
        }
    }

    private var adviceOnRefusal: String {
        if discardsRows {
            return
                "the trigger, rule or policy that is named is the project's own, and the row is not stored: drop it, or let the trigger's "
                + "function return the row; then run `switchboard dead-letters retry --all --stage sync`"
        }
        if foreignFunction == nil, let constraint = RefusingConstraint(self), !constraint.isOurs {
            return constraint.advice(in: schema, shows: { shows($0) })
        }
        // Switchboard's own functions always raise with a code.
        let function = foreignFunction.map { "the function \($0)" } ?? (code == "P0001" ? "a trigger's function, which raises this," : nil)
        if let function {
            return "\(function) is the project's own and refuses the row, which is not stored: correct it, or drop its trigger, "
                + "then run `switchboard dead-letters retry --all --stage sync`"
        }
        return "compare the record with the schema: the database will always refuse it"
    }

    /// Advice from the system's message about a failed connection (libpq 15, libcurl 7.88).
    private var adviceOnConnecting: String {
        let words = message.lowercased()
        let address = "SUPABASE_URL or SUPABASE_DB_URL"
        if words.contains("could not translate host name") || words.contains("could not resolve host") {
            return
                "check the project's reference in \(address): this host does not exist; a project that was deleted, or paused for long, has no "
                + "host either"
        }
        if words.contains("network is unreachable") || words.contains("no route to host")
            || words.contains("cannot assign requested address")
        {
            return
                "check the network: this machine cannot reach a host of Supabase that has only an IPv6 address; use the session pooler's URL "
                + "(Connect in the dashboard), or the project's IPv4 add-on"
        }
        if words.contains("connection refused") || words.contains("couldn't connect") || words.contains("could not connect") {
            return
                "check host and port in \(address): nothing accepts connections there; if the project is paused, resume it in the dashboard"
        }
        return adviceByDisposition
    }

    /// Whether a function of the project's own refuses the row, under a code that allows no other conclusion: a code raised inside a
    /// function never concerns the connection, the key or Switchboard's schema.
    private var refusesByFunction: Bool {
        foreignFunction != nil && disposition != .retry && !code.hasPrefix("42") && code != "3F000" && code != "25006"
    }

    /// Switchboard's functions recognize stored rows. A row that still violates a unique index after some attempts is refused.
    private var adviceOnConflict: String {
        let place = RefusingConstraint(self).map { constraint in
            "\(constraint.name)\(SchemaContract.table(ofIndex: constraint.name).map { " of the table \($0)" } ?? "")"
        }
        return
            "another row has the same value under the unique index \(place ?? "of a table"), and this one is not stored: find what else writes to "
            + "the table (a trigger, or rows made by hand), then run `switchboard dead-letters retry --all --stage sync`"
    }

    private var adviceOnForeignSchema: String {
        let name = KnownWords.values(in: message, code: code)?.first.flatMap { shows($0) ? "the schema \($0)" : nil } ?? "a schema"
        let trigger =
            foreignFunction.map { "check the function \($0), which is the project's own: it" }
            ?? "check the triggers on Switchboard's tables: one"
        return "\(trigger) uses \(name), which does not exist; enable its extension, or drop the trigger"
    }

    /// Whether a schema is missing that is not Switchboard's.
    var isOfForeignSchema: Bool {
        let ours = [schema.name, schema.internalName]
        guard code == "3F000" else { return false }
        guard foreignFunction == nil, let values = KnownWords.values(in: message, code: code) else { return !message.isEmpty }
        return values.first.map { !ours.contains(String($0)) } ?? false
    }

    /// Whether tables, columns or functions differ from what the call expects.
    var isOfTheSchema: Bool { code.hasPrefix("PGRST2") || SQLState(code)?.isOfTheSchema == true }
}
