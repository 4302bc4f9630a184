import ArgumentParser
import Foundation
import Messaging
import Operations
import Supabase
import SwitchboardApp

/// `switchboard migrate`.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Apply Supabase's schema, or print it.",
        discussion: """
            Makes the tables and functions that the gateway writes to, all scripts in one transaction; running it again changes nothing. A \
            table sessions that was made by hand is upgraded in place and keeps its rows. A script that a later one replaces is not run. Where \
            the Supabase CLI keeps a list of what was applied, all are written down there, by psql as well. It needs a database URL: without one \
            (REST alone) nothing is applied, and it says which commands apply the scripts.

            It looks at the database first, and lists what it is going to change and what stands in the way, by table and column, with \
            what to do about it. Where one thing stands in the way it changes nothing.

            Tables and functions are made in the schema public, or in that of supabase.schema (--schema): the way out where another program \
            has a table of one of the names. By REST the project has to expose it.

            Examples:
              switchboard migrate --dry-run
              switchboard migrate --print > switchboard.sql
              \(Self.psqlExample)
              \(Self.filesExample[0])
                \(Self.filesExample[1])
              switchboard migrate --print --recipe agents |
                psql -v ON_ERROR_STOP=1 "$SUPABASE_DB_URL"

            Exit codes: 0 applied, printed or written, or nothing stands in the way of it, 1 something does, the database refused a \
            script, or is not as planned afterwards, 2 settings are wrong or name no database URL, 75 the database does not answer.
            """)

    /// Without ON_ERROR_STOP psql goes on after an error, and ends as if there had been none.
    private static let psqlExample = #"switchboard migrate --print | psql -v ON_ERROR_STOP=1 "$SUPABASE_DB_URL""#
    /// Two lines, so that neither is broken where it is shown.
    private static let filesExample = ["switchboard migrate --print --into supabase/migrations &&", "supabase db push"]

    @Option(
        name: .customLong("db-url"),
        help: ArgumentHelp(
            "The database; supabase.db_url of the settings where it is left out.",
            discussion: "Others on this machine see a command line: a URL with a password is better kept in the settings.", valueName: "url"
        ))
    var databaseURL: String?

    @Option(
        name: .customLong("schema"),
        help: ArgumentHelp(
            "Where the tables and functions are made; supabase.schema of the settings where it is left out.", valueName: "name"))
    var schemaName: String?

    @Flag(name: .customLong("dry-run"), help: "List what it would change and what stands in the way, and change nothing.")
    var isDryRun = false

    @Flag(
        help: """
            Print JSON Lines: what it would change has kind (change, warning or obstacle), table, column, message, advice, statement, \
            restoration, edit; a script that was applied or written has file.
            """)
    var json = false

    @Flag(name: .customLong("print"), help: "Print the scripts, and apply nothing.")
    var printsOnly = false

    @Option(
        name: .customLong("into"),
        help: ArgumentHelp(
            "With --print: write each script as a file into this folder, as `supabase db push` reads them.",
            discussion:
                "supabase/migrations in a project of the Supabase CLI. The file of a script that a later one replaces does nothing.",
            valueName: "folder"), completion: .directory)
    var folder: String?

    @Option(
        name: .customLong("recipe"),
        help: ArgumentHelp(
            "With --print: print a recipe instead, for the same schema: \(Recipe.allCases.map(\.rawValue).joined(separator: ", ")).",
            discussion: "agents lets signed-in agents read conversations (Docs/Supabase.md).", valueName: "name"))
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
            throw ValidationError("--recipe wants --print, without --into: it is no migration.")
        }
        guard folder == nil || printsOnly else {
            throw ValidationError("--into wants --print: it writes the scripts, and applies nothing.")
        }
        guard !isDryRun || !printsOnly else { throw ValidationError("--dry-run looks at the database, which --print does not ask.") }
        guard !json || !printsOnly || folder != nil else { throw ValidationError("--json: what --print prints is SQL, not JSON.") }
    }

    func run() async throws {
        let (url, schema) = try target()
        if let recipe = recipe.flatMap(Recipe.init) { return print(recipe.sql(in: schema), terminator: "") }
        if let folder { return try write(into: folder, for: schema) }
        if printsOnly { return printScripts(for: schema) }
        guard let url else {
            if isDryRun {
                throw VerbExit.failure("--dry-run wants a database URL (SUPABASE_DB_URL, supabase.db_url, --db-url)", VerbExit.badInput)
            }
            throw VerbExit.failure(Self.adviceWithoutURL, VerbExit.badInput)
        }
        try await apply(to: url, in: schema)
    }

    private static let adviceWithoutURL = """
        nothing is applied: there is no database URL. Set SUPABASE_DB_URL (supabase.db_url, --db-url) to the one that Connect in the project's \
        dashboard shows and run this again, or apply the scripts
        by psql:
          \(psqlExample)
        in the project's SQL editor, paste and run what is in the file after:
          switchboard migrate --print > switchboard.sql
        by the Supabase CLI:
          \(filesExample.joined(separator: "\n    "))
        """

    /// Of the settings only what is needed is read, once, since they may come through a pipe: scripts are printed where a gateway could not
    /// start. Without a URL there is none in the settings either.
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
            try Settings.load(path: configuration.path, environment: configuration.environment()).supabase
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

    /// All scripts are run at every migration, so that none can be told to be the one that changed something.
    private static func line(_ migrations: [AppliedMigration]) -> String {
        let replaced = migrations.count(where: \.isReplaced)
        let recorded = migrations.count(where: \.isRecorded)
        let left = replaced == 0 ? "" : ", \(replaced) were left out since later ones replace them"
        let record = recorded == 0 ? "" : ", \(recorded) are recorded in supabase_migrations.schema_migrations"
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
