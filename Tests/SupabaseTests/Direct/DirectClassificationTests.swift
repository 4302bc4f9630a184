import Postgres
import Relay
import Supabase
import Testing

@Suite("The meaning of PostgreSQL's errors")
struct DirectClassificationTests {
    @Test(
        "The server's refusals are classified by SQLSTATE",
        arguments: [
            ("08006", .retry), ("40001", .retry), ("40P01", .retry), ("53300", .retry), ("53400", .retry), ("55P03", .retry),
            ("57014", .retry),
            ("57P01", .retry), ("57P03", .retry), ("58030", .retry), ("XX000", .retry), ("PT429", .retry), ("PT503", .retry),
            ("42501", .pause), ("42883", .pause), ("42P01", .pause), ("42703", .pause), ("3F000", .pause), ("3D000", .pause),
            ("28P01", .pause),
            ("28000", .pause), ("0P000", .pause), ("25006", .pause),
            ("22P05", .permanent), ("22023", .permanent), ("23502", .permanent), ("23503", .permanent), ("23514", .permanent),
            ("23P01", .permanent), ("P0001", .permanent), ("21000", .permanent), ("42804", .pause), ("42P10", .pause),
            ("54000", .permanent),
            ("PT409", .permanent), ("PT413", .permanent), ("23505", .permanent),
        ] as [(String, CallFailure.Disposition)])
    func disposition(state: String, expected: CallFailure.Disposition) {
        let failure = CallFailure(PostgresError(.server, sqlState: state, message: "m", detail: "d", hint: "h"))
        #expect(failure.disposition == expected)
        #expect(failure.code == state && failure.message == "m")
        #expect(failure.details == "d")
        #expect(failure.hint == "h")
        #expect(!failure.advice.isEmpty)
    }

    @Test(
        "A pooler that does not know the project or user pauses all calls",
        arguments: ["Tenant or user not found", "(ENOTFOUND) tenant/user x not found"])
    func pooler(message: String) {
        let failure = CallFailure(PostgresError(.server, sqlState: "XX000", message: "FATAL: \(message)"))
        #expect(failure.disposition == .pause)
        #expect(failure.advice.contains("SUPABASE_DB_URL"))
    }

    @Test(
        "A refusal to open a session concerns the credentials, unless the server has no capacity now",
        arguments: [
            ("XX000", "(EAUTHQUERY) password authentication failed", .pause), ("XX000", "Tenant or user not found", .pause),
            ("XX000", "MaxClientsInSessionMode: max clients reached", .retry), ("XX000", "(ECHECKOUTTIMEOUT) unable to check out", .retry),
            ("08P01", "no such user: gateway", .pause), ("08P01", "no more connections allowed (max_client_conn)", .retry),
            ("28P01", "password authentication failed for user \"x\"", .pause), ("42501", "permission denied for database \"x\"", .pause),
            ("57P03", "the database system is starting up", .retry), ("53300", "too many clients already", .retry),
            ("57014", "canceling authentication due to timeout", .retry),
        ] as [(String, String, CallFailure.Disposition)])
    func connecting(state: String, message: String, expected: CallFailure.Disposition) {
        let failure = CallFailure(PostgresError(.server, sqlState: state, message: message, isOfConnecting: true))
        #expect(failure.disposition == expected)
        #expect(failure.isOfConnecting && (expected == .retry || failure.advice.contains("SUPABASE_DB_URL")))
    }

    @Test("A row that a policy refuses is refused alone; a table that the role may not use pauses all calls")
    func policy() {
        let words = "new row violates row-level security policy \"own\" for table \"messages\""
        let failure = CallFailure(PostgresError(.server, sqlState: "42501", message: words))
        #expect(failure.disposition == .permanent && failure.advice.hasPrefix("the policy"))
        let denied = CallFailure(PostgresError(.server, sqlState: "42501", message: "permission denied for table messages"))
        #expect(denied.disposition == .pause)
    }

    @Test(
        "The advice for an unreachable host, a role without privileges and a trigger's schema says what to check",
        arguments: [
            (.unreachable, nil, "could not translate host name \"db.x.supabase.co\" to address: Name or service not known", "reference"),
            (.unreachable, nil, "connection to server at \"h\" (2a05::1), port 5432 failed: Network is unreachable", "pooler"),
            (.unreachable, nil, "connection to server at \"h\" (10.0.0.1), port 5432 failed: Connection refused", "host and port"),
            (.server, "42501", "permission denied for function switchboard_ingest", "role"),
            (.server, "3F000", "schema \"net\" does not exist", "triggers"),
            (.server, "3F000", "schema \"switchboard\" does not exist", "migrate"),
        ] as [(PostgresError.Code, String?, String, String)])
    func advice(code: PostgresError.Code, state: String?, message: String, word: String) {
        let failure = CallFailure(PostgresError(code, sqlState: state, message: message))
        #expect(failure.advice.contains(word), "\(failure.advice)")
    }

    @Test(
        "A missing schema is attributed to Switchboard or a trigger, depending on where the tables are",
        arguments: [
            (.public, "switchboard", "migrate"), (.public, "acme", "triggers"), (.acme, "acme", "migrate"),
            (.acme, "acme_switchboard", "migrate"), (.acme, "switchboard", "triggers"), (.acme, "net", "triggers"),
        ] as [(SchemaName, String, String)])
    func missingSchema(schema: SchemaName, missing: String, word: String) {
        var failure = CallFailure(PostgresError(.server, sqlState: "3F000", message: "schema \"\(missing)\" does not exist"))
        failure.schema = schema
        #expect(failure.advice.contains(word), "\(failure.advice)")
    }

    @Test(
        "A broken connection is retried, with a result as unknown as the failure left it",
        arguments: [PostgresError.Code.unreachable, .timedOut, .lost, .cancelled], [true, false])
    func broken(code: PostgresError.Code, isUnknown: Bool) {
        let failure = CallFailure(PostgresError(code, message: "m", isOutcomeUnknown: isUnknown))
        #expect(failure.disposition == .retry)
        #expect(failure.isOutcomeUnknown == isUnknown)
        #expect(failure.code == code.description)
    }
}
