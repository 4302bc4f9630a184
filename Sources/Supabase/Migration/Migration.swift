/// A script of Config/supabase/migrations; all of them are embedded in the program.
public struct Migration: Sendable, Equatable {
    /// Its time, `20261124000000`, by which the Supabase CLI identifies it.
    public let version: String
    /// Its name, `switchboard_tables`.
    public let name: String
    /// The script, which may be run repeatedly.
    public let sql: String
    /// The schema in which it creates its objects.
    public let schema: SchemaName
    /// The script as it is in Config, for `public`, and its name there.
    let landed: String
    let landedName: String
    /// Whether a later script replaces everything that this one creates. It is recorded as applied but not run, since a database in use
    /// would have old functions for a moment.
    public private(set) var isReplaced: Bool

    /// `20261124000000_switchboard_tables.sql`.
    public var file: String { "\(version)_\(name).sql" }

    /// The scripts for `public`, in the order in which they are applied; `make migration` registers new ones. A released script is never
    /// edited, since databases that have it would not get the change.
    public static let all = replaced([
        Migration("20261124000000", "switchboard_tables"),
        Migration("20261124000100", "switchboard_functions"),
        Migration("20261125200000", "switchboard_tokens", isReplaced: true),
        Migration("20261126000000", "switchboard_merged_sessions", isReplaced: true),
        Migration("20261126050000", "switchboard_functions_v2"),
        Migration("20261126060000", "switchboard_customer_named"),
        Migration("20261126090000", "switchboard_status_rank"),
        Migration("20261126100000", "switchboard_functions_v3"),
        Migration("20261126110000", "switchboard_number_since"),
        Migration("20261126120000", "switchboard_functions_v4"),
        Migration("20261126140000", "switchboard_functions_v5"),
        Migration("20261126160000", "switchboard_identity_linked"),
        Migration("20261126160050", "switchboard_indexes"),
        Migration("20261126160100", "switchboard_functions_v6"),
        Migration("20261126193000", "switchboard_functions_v7"),
        Migration("20261126233000", "switchboard_functions_v8"),
        Migration("20261127030000", "switchboard_functions_v9"),
        Migration("20261127063500", "switchboard_functions_v10"),
        Migration("20261127091000", "switchboard_functions_v11"),
        Migration("20261127141100", "switchboard_functions_v12"),
        Migration("20261127175200", "switchboard_functions_v13"),
    ])

    /// Each functions script creates all functions, so that the last one supersedes the others.
    private static func replaced(_ scripts: [Migration]) -> [Migration] {
        let last = scripts.last { $0.functionsVersion != nil }
        return scripts.map { script in
            guard script.functionsVersion != nil, script.version != last?.version else { return script }
            var replaced = script
            replaced.isReplaced = true
            return replaced
        }
    }

    private init(_ version: String, _ name: String, isReplaced: Bool = false) {
        self.version = version
        self.name = name
        landedName = name
        self.isReplaced = isReplaced
        schema = .public
        landed = EmbeddedScript.text("\(version)_\(name).sql")
        sql = landed
    }

    /// The scripts for a schema, derived from those for `public`, with versions and names of their own, since one project may have both.
    public static func all(in schema: SchemaName) -> [Migration] { schema == .public ? all : all.map { Migration($0, in: schema) } }

    private init(_ migration: Migration, in schema: SchemaName) {
        version = schema.version(of: migration.version)
        name = schema.name(of: migration.name)
        isReplaced = migration.isReplaced
        self.schema = schema
        landed = migration.landed
        landedName = migration.landedName
        sql = (migration.isFirst ? schema.creation : "") + schema.text(landed)
    }
}

extension Migration {
    /// All scripts as one transaction, for psql or a project's SQL editor. psql continues after an error, but a project must never be
    /// migrated in part.
    public static func script(in schema: SchemaName) -> String { transaction(of: all(in: schema), isLabelled: false) }

    /// Scripts as one transaction, which also enters all of them into the Supabase CLI's list. With labels it selects each file's name
    /// before its script, which identifies a script that fails.
    static func transaction(of migrations: [Migration], isLabelled: Bool = true) -> String {
        let scripts = migrations.filter { !$0.isReplaced }.map { script in
            "\(isLabelled ? "select '\(script.file)';" : "-- \(script.file)")\n\(script.statements)\n"
        }
        return """
            begin;
            set transaction isolation level read committed;
            set local standard_conforming_strings = on;
            set local row_security = on;
            set local statement_timeout = 0;
            set local lock_timeout = '30s';
            set local quote_all_identifiers = off;
            -- Deferred triggers fire at once, since a table with pending trigger events cannot be altered (55006).
            set constraints all immediate;
            do $$ begin perform pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended('switchboard migrate', 0)); end $$;
            \(scripts.joined())\(migrations.map(\.record).joined(separator: "\n"))
            notify pgrst, 'reload schema';
            commit;

            """
    }

    /// Older versions of the CLI have only the column for the version.
    private var record: String {
        """
        do $switchboard_record$
        begin
          if pg_catalog.to_regclass('supabase_migrations.schema_migrations') is null then return; end if;
          if (select pg_catalog.count(*) from pg_catalog.pg_attribute
              where attrelid = 'supabase_migrations.schema_migrations'::pg_catalog.regclass and attname in ('statements', 'name')
                and not attisdropped) = 2 then
            insert into supabase_migrations.schema_migrations (version, statements, name)
            values ('\(version)', array[$switchboard_script$\(filed)$switchboard_script$], '\(name)') on conflict do nothing;
          else
            insert into supabase_migrations.schema_migrations (version) values ('\(version)') on conflict do nothing;
          end if;
        exception when insufficient_privilege then null;
        end $switchboard_record$;
        """
    }
}
