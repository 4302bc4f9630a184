/// The steps for the database as a whole: its version, the role's privileges, roles and functions.
struct ServerPlan {
    private let survey: DatabaseSurvey
    private var role: String { survey.schema.role ?? "the role" }

    init(_ survey: DatabaseSurvey) { self.survey = survey }

    var steps: [MigrationStep] { [version, encoding, writing, schema].compactMap(\.self) + roles + rights + owners + routines }

    private var version: MigrationStep? {
        guard let version = survey.schema.serverVersion, version < SchemaContract.oldestServer else { return nil }
        return .obstacle(
            nil, nil, "is PostgreSQL \(version / 10_000).\(version % 10_000), and Switchboard needs 15 or later",
            "upgrade the project, or use another")
    }

    private var encoding: MigrationStep? {
        guard let encoding = survey.encoding, encoding != "UTF8" else { return nil }
        return .obstacle(nil, nil, EncodingRule.message(encoding), EncodingRule.advice)
    }

    private var writing: MigrationStep? {
        guard survey.isReadOnly else { return nil }
        if survey.schema.readOnly == .byDefault, let resets = survey.schema.readOnlyResets, !resets.isEmpty {
            return .obstacle(
                nil, nil, "is read-only: \(ConditionRules.setting)",
                "if Supabase made it read-only because its disk is nearly full, free space; otherwise run this as a role that may",
                WritingRule.statement(resets)
            )
        }
        return .obstacle(
            nil, nil, "is read-only",
            "if this is the URL of a replica, use the primary's; otherwise free space: Supabase makes a database read-only if its disk "
                + "is nearly full")
    }

    private var schema: MigrationStep? {
        survey.hasSchema || survey.schemaName == .public ? nil : .change(nil, nil, "the schema \(survey.schemaName) is created")
    }

    private var roles: [MigrationStep] {
        survey.missingRoles.map { name in
            survey.makesRoles
                ? .change(nil, nil, "the role \(name) is created, without a login")
                : .obstacle(
                    nil, nil, "has no role \(name), and \(role) may not create it", "run as a superuser",
                    "create role \(name) nologin noinherit;"
                )
        }
    }

    /// PostgreSQL requires the privilege to create schemas even if the schema exists.
    private var rights: [MigrationStep] {
        let name = survey.schemaName
        let made = name == .public ? "schema \(name.internalName)" : "schemas \(name) and \(name.internalName)"
        let schemas =
            survey.createsSchemas
            ? nil
            : MigrationStep.obstacle(
                nil, nil, "\(role) may not create the \(made)", "run as the database's owner",
                "grant create on database \(survey.name.quotedName) to \(role.quotedName);")
        let closed = survey.closedSchemas.map { schema in
            MigrationStep.obstacle(
                nil, nil, "\(role) may not create anything in the schema \(schema)", "run as its owner",
                "grant create on schema \(schema) to \(role.quotedName);")
        }
        return [schemas].compactMap(\.self) + closed
    }

    private var owners: [MigrationStep] {
        survey.strangers.sorted { $0.key < $1.key }.map { owner, objects in
            // There are too many functions to change the owner of each.
            let isFew = objects.count <= SchemaContract.columns.count + 1
            return .obstacle(
                nil, nil, "\(objects.listed) \(objects.count == 1 ? "belongs" : "belong") to \(owner), and \(role) may not change it",
                isFew ? "log in as \(owner), or change the owner as a superuser" : "log in as \(owner)",
                isFew ? objects.map { "alter \($0) owner to \(role.quotedName);" }.joined(separator: " ") : nil)
        }
    }

    private var routines: [MigrationStep] {
        survey.objects.routines.map { routine in
            .obstacle(
                nil, nil, "the \(routine.kind) \(routine.name) is not Switchboard's, but has the name of one of its functions",
                "rename or move it if its callers can be changed, or \(MigrationStep.wayOut)", routine.statement)
        }
    }

    /// Event triggers, which may refuse any change. Those that may raise are listed even without changes, since scripts run anyway.
    func eventTriggers(while isChanging: Bool) -> [MigrationStep] {
        survey.objects.eventTriggers.filter { isChanging || $0.mayRefuse }.map { trigger in
            let change = "alter event trigger \(trigger.name.quotedName)"
            return .warning(
                nil, nil,
                "its event trigger \(trigger.name) (\(trigger.function)) runs when migrate creates or changes an object"
                    + (trigger.mayRefuse ? ", and may refuse this" : ""),
                "nothing to do if it allows this; if it raises an error, migrate fails and changes nothing: disable it for the "
                    + "migration, as its owner, and enable it afterwards (\(change) enable;)", "\(change) disable;")
        }
    }

    /// Tables that agents may read but that no migration publishes.
    var realtime: [MigrationStep] {
        let left = survey.schema.unpublished.subtracting(survey.unpublished)
        return left.isEmpty ? [] : [RealtimeRule.step(left, of: survey.schema, in: survey.schemaName)]
    }

    /// The functions come last, as they are created last.
    var functions: [MigrationStep] {
        let ours = SchemaContract.version
        guard let version = survey.schema.version else {
            let internals = survey.schemaName.internalName
            return [.change(nil, nil, "the schema \(internals) and the functions that the gateway calls are created, version \(ours)")]
        }
        guard version <= ours else {
            return [
                .obstacle(
                    nil, nil, "its functions have version \(version), but this program has version \(ours)",
                    "migrate with the version of Switchboard that created them, and upgrade this program")
            ]
        }
        let isWhole = survey.hasInternals && SchemaContract.functions.subtracting(survey.schema.functions ?? []).isEmpty
        guard version == ours else { return [.change(nil, nil, "the functions become those of version \(ours), from version \(version)")] }
        let differing = FunctionBodies(in: survey.schemaName).differences(from: survey.schema.bodies)
        return isWhole && differing == nil
            ? [] : [.change(nil, nil, "missing and different functions are created again, version \(ours)")]
    }

    /// The entries in the Supabase CLI's list.
    var records: [MigrationStep] {
        let count = survey.unrecorded.count
        guard count > 0 else { return [] }
        let scripts = "\(count) script\(count == 1 ? " is" : "s are")"
        return [.change(nil, nil, "\(scripts) recorded as applied in supabase_migrations.schema_migrations, the list of the Supabase CLI")]
    }
}

extension String {
    /// The text as a name in a statement.
    var quotedName: String {
        wholeMatch(of: #/[a-z_][a-z0-9_]*/#) == nil ? "\"\(replacing("\"", with: "\"\""))\"" : self
    }
}
