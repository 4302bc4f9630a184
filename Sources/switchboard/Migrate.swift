import ArgumentParser
import Foundation
import Messaging
import Operations
import Supabase
import SwitchboardApp

/// `switchboard migrate`.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Create or upgrade Switchboard's tables and functions in Supabase, or print the SQL.",
        discussion: """
            The schema consists of SQL scripts. migrate runs them in one transaction, so that either all are applied or none. Running it \
            again is harmless: an up-to-date database is not changed. A table `sessions` that was created by hand is upgraded in place and \
            keeps its rows. A script that a later script replaces is not run. If the Supabase CLI keeps its list of applied scripts in the \
            database, every script is recorded there.

            migrate needs a database URL (supabase.db_url, SUPABASE_DB_URL or --db-url). A gateway that uses REST alone has none: migrate then \
            applies nothing, exits with 2, and prints the other ways to apply the scripts.

            Before anything is changed, migrate prints each change it will make, and each obstacle with what to do about it. If there is an \
            obstacle, nothing is changed.

            Tables and functions are created in the schema `public`, or in the one that supabase.schema or --schema names. Use a separate \
            schema if another program already has a table with one of the names; for REST, the project's API settings must expose that \
            schema.

            \(VerbExit.codes(
                "applied, printed or written, or (with --dry-run) no obstacle",
                found: "there is an obstacle, the database rejected a script, or the database afterwards differs from the plan",
                input: "the settings are wrong or have no database URL, the server refuses the URL's user, password or database, or a file "
                    + "cannot be written",
                notNow: "the database does not answer: try again later"))

            Examples:
              switchboard migrate --dry-run
              switchboard migrate --print > switchboard.sql
              \(Self.psqlExample)
              \(Self.filesExample[0])
                \(Self.filesExample[1])
              switchboard migrate --print --recipe agents |
                psql -v ON_ERROR_STOP=1 "$SUPABASE_DB_URL"
            """)

    /// Without ON_ERROR_STOP psql continues after an error and ends with exit code 0.
    private static let psqlExample = #"switchboard migrate --print | psql -v ON_ERROR_STOP=1 "$SUPABASE_DB_URL""#
    /// Two lines, so that neither is wrapped where it is shown.
    private static let filesExample = ["switchboard migrate --print --into supabase/migrations &&", "supabase db push"]

    @Option(
        name: .customLong("db-url"),
        help: ArgumentHelp(
            "The URL of the database. Default: supabase.db_url of the settings.",
            discussion: "Other users of this machine can see command lines. Keep a URL that has a password in the settings.",
            valueName: "url"))
    var databaseURL: String?

    @Option(
        name: .customLong("schema"),
        help: ArgumentHelp(
            "The schema for tables and functions. Default: supabase.schema of the settings, else public.", valueName: "name"))
    var schemaName: String?

    @Flag(name: .customLong("dry-run"), help: "Print the changes and obstacles, and change nothing.")
    var isDryRun = false

    @Flag(
        help: """
            Print JSON Lines. A change, warning or obstacle has kind, table, column, message, advice, statement, restoration and edit; a \
            script that was applied has file, replaced and recorded, one that was written has file and new.
            """)
    var json = false

    @Flag(name: .customLong("print"), help: "Print the scripts to standard output, and apply nothing.")
    var printsOnly = false

    @Option(
        name: .customLong("into"),
        help: ArgumentHelp(
            "With --print: write each script as a file into this folder instead, as `supabase db push` expects.",
            discussion:
                """
                In a project of the Supabase CLI the folder is supabase/migrations. Existing files of the same contents are kept. The file of a \
                script that a later script replaces does nothing when it is run.
                """,
            valueName: "folder"), completion: .directory)
    var folder: String?

    @Option(
        name: .customLong("recipe"),
        help: ArgumentHelp(
            "With --print: print a recipe, optional SQL for the same schema, instead of the scripts. Known: \(Recipe.allCases.map(\.rawValue).joined(separator: ", ")).",
            discussion: "The recipe `agents` lets signed-in agents read conversations (Docs/Supabase.md).", valueName: "name"))
    var recipe: String?

    @OptionGroup var configuration: ConfigurationOptions

    func validate() throws {
        if let schemaName, SchemaName(schemaName) == nil {
            throw ValidationError("--schema \(SchemaName.fault(of: schemaName) ?? "must be \(SchemaName.form)").")
        }
        if let recipe, Recipe(rawValue: recipe) == nil {
            throw ValidationError("There is no recipe “\(recipe)”; known: \(Recipe.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        guard recipe == nil || printsOnly && folder == nil else {
            throw ValidationError("--recipe needs --print, and cannot be combined with --into: a recipe is not a migration script.")
        }
        guard folder == nil || printsOnly else {
            throw ValidationError("--into needs --print: the scripts are written to files, and nothing is applied.")
        }
        guard !isDryRun || !printsOnly else {
            throw ValidationError("--dry-run and --print cannot be combined: --print does not look at the database.")
        }
        guard !json || !printsOnly || folder != nil else {
            throw ValidationError("--json and --print cannot be combined without --into: --print prints SQL.")
        }
    }

    func run() async throws {
        let (url, schema) = try target()
        if let recipe = recipe.flatMap(Recipe.init) { return print(recipe.sql(in: schema), terminator: "") }
        if let folder { return try write(into: folder, for: schema) }
        if printsOnly { return printScripts(for: schema) }
        guard let url else {
            if isDryRun {
                throw VerbExit.failure(
                    "--dry-run needs a database URL: set supabase.db_url or SUPABASE_DB_URL, or give --db-url", VerbExit.badInput)
            }
            throw VerbExit.failure(Self.adviceWithoutURL, VerbExit.badInput)
        }
        try await apply(to: url, in: schema)
    }

    private static let adviceWithoutURL = """
        nothing was applied, because there is no database URL. Set SUPABASE_DB_URL (or supabase.db_url, or --db-url) to the URL that Connect in \
        the project's dashboard shows, and run migrate again. Or apply the scripts
        by psql:
          \(psqlExample)
        in the project's SQL editor, by pasting and running the file that this command writes:
          switchboard migrate --print > switchboard.sql
        by the Supabase CLI:
          \(filesExample.joined(separator: "\n    "))
        """

    /// Reads only what is needed of the settings, and only once, since they may come through a pipe: scripts can be printed even if a
    /// gateway could not start. The URL is nil if neither option nor settings have one.
    private func target() throws -> (url: Secret?, schema: SchemaName) {
        let schema = schemaName.flatMap { SchemaName($0) }
        let url = databaseURL.map { Secret($0) }
        guard !printsOnly, url == nil else {
            return try (
                url,
                schema ?? VerbExit.checkingInput { try Settings.schema(path: configuration.path, environment: configuration.environment()) }
            )
        }
        let supabase = try VerbExit.checkingInput {
            try Settings.load(path: configuration.path, environment: configuration.environment(), for: .database).supabase
        }
        return (supabase.dbURL, schema ?? supabase.schema)
    }

    private func write(into folder: String, for schema: SchemaName) throws {
        do throws(MigrationFilesError) {
            for script in try MigrationFiles(folder: folder, schema: schema).write() {
                print(json ? script.json : "\(script.isNew ? "written" : "unchanged") \(script.file)")
            }
        } catch {
            throw VerbExit.failure(error.description, VerbExit.badInput)
        }
    }

    private func apply(to url: Secret, in schema: SchemaName) async throws {
        do throws(MigrationFailure) {
            let migrator = try Migrator(url: url, schema: schema)
            defer { migrator.shutdown() }
            let plan = try await migrator.plan()
            show(plan)
            if isDryRun, plan.obstacles.isEmpty { return }
            let waiting: @Sendable (LockWait) -> Void = { VerbExit.tell("waiting for \($0)") }
            let applied = try await migrator.applyAll(by: plan, waiting: waiting)
            if json { return applied.forEach { print($0.json) } }
            if !plan.changes.isEmpty { print(Self.line(applied)) }
            print("\(migrator.address ?? "the database") is up to date")
        } catch {
            throw VerbExit.failure(error.description, error.exitCode)
        }
    }

    /// Every migration runs all scripts, so that no single script can be reported as the one that changed something.
    private static func line(_ migrations: [AppliedMigration]) -> String {
        let replaced = migrations.count(where: \.isReplaced)
        let recorded = migrations.count(where: \.isRecorded)
        let left = replaced == 0 ? "" : ", left out \(replaced) that later scripts replace"
        let record = recorded == 0 ? "" : ", recorded \(recorded) in supabase_migrations.schema_migrations"
        return "applied \(migrations.count - replaced) scripts\(left)\(record)"
    }

    private func show(_ plan: MigrationPlan) {
        guard json else {
            return print(MigrationReport(plan, isColoured: DoctorReport.isColoured(ProcessInfo.processInfo.environment)).text)
        }
        for step in plan.steps { print(step.json) }
    }

    private func printScripts(for schema: SchemaName) { print(Migration.script(in: schema), terminator: "") }
}

extension MigrationFailure {
    fileprivate var exitCode: ExitCode {
        switch kind {
        case .settings: VerbExit.badInput
        case .notNow: VerbExit.notNow
        case .refused: VerbExit.problemFound
        }
    }
}
