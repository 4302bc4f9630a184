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
            Makes the tables and functions that the gateway writes to, each script in one transaction; running it again changes nothing. A \
            table sessions that was made by hand is upgraded in place and keeps its rows. A script that a later one replaces is not run. Where \
            the Supabase CLI keeps a list of what was applied, all are written down there. Without a database URL the scripts are printed.

            It looks at the database first, and lists what it is going to change and what stands in the way, by table and column, with \
            what to do about it. Where one thing stands in the way it changes nothing.

            Examples: switchboard migrate --dry-run
                      switchboard migrate --print | psql "$SUPABASE_DB_URL"
                      switchboard migrate --print --into supabase/migrations && supabase db push

            Exit codes: 0 applied, printed or written, or nothing stands in the way of it, 1 something does, or the database refused a \
            script, 2 settings are wrong, 75 the database does not answer.
            """)

    @Option(
        name: .customLong("db-url"),
        help: ArgumentHelp(
            "The database; supabase.db_url of the settings where it is left out.",
            discussion: "Others on this machine see a command line: a URL with a password is better kept in the settings.", valueName: "url"
        ))
    var databaseURL: String?

    @Flag(name: .customLong("dry-run"), help: "List what it would change and what stands in the way, and change nothing.")
    var isDryRun = false

    @Flag(help: "With --dry-run: print JSON Lines: kind (change or obstacle), table, column, message, advice, statement.")
    var json = false

    @Flag(name: .customLong("print"), help: "Print the scripts, and apply nothing.")
    var printsOnly = false

    @Option(
        name: .customLong("into"),
        help: ArgumentHelp(
            "With --print: write each script as a file into this folder, as `supabase db push` reads them.",
            discussion: "supabase/migrations in a project of the Supabase CLI. A file that is there stays as it is.", valueName: "folder"))
    var folder: String?

    @OptionGroup var configuration: ConfigurationOptions

    func validate() throws {
        guard folder == nil || printsOnly else {
            throw ValidationError("--into wants --print: it writes the scripts, and applies nothing.")
        }
        guard !isDryRun || !printsOnly else { throw ValidationError("--dry-run looks at the database, which --print does not ask.") }
        guard !json || isDryRun else { throw ValidationError("--json wants --dry-run.") }
    }

    func run() async throws {
        if let folder { return try write(into: folder) }
        if printsOnly { return printScripts() }
        guard let url = try databaseURL.map({ Secret($0) }) ?? configuredURL() else {
            if isDryRun { throw VerbExit.failure("--dry-run wants a database URL (supabase.db_url, --db-url)", VerbExit.badInput) }
            printScripts()
            VerbExit.tell(
                """
                no database URL (supabase.db_url, --db-url): the scripts are printed and nothing is applied. To apply them:
                  psql          switchboard migrate --print | psql "$SUPABASE_DB_URL"
                  SQL editor    paste what was printed into the project's SQL editor and run it
                  Supabase CLI  switchboard migrate --print --into supabase/migrations && supabase db push
                """)
            return
        }
        try await apply(to: url)
    }

    private func write(into folder: String) throws {
        do throws(MigrationFilesError) {
            for script in try MigrationFiles(folder: folder).write() { print("\(script.isNew ? "written" : "unchanged") \(script.file)") }
        } catch {
            throw VerbExit.failure(error.description, VerbExit.badInput)
        }
    }

    private func apply(to url: Secret) async throws {
        do throws(MigrationFailure) {
            let migrator = try Migrator(url: url)
            defer { migrator.shutdown() }
            let plan = try await migrator.plan()
            show(plan)
            if isDryRun, plan.obstacles.isEmpty { return }
            try await migrator.applyAll(by: plan) { migration in
                let record = migration.isRecorded ? ", recorded in supabase_migrations.schema_migrations" : ""
                print("\(migration.isReplaced ? "replaced" : "applied") \(migration.file)\(record)")
            }
        } catch {
            throw VerbExit.failure(error.description, error.exitCode)
        }
        print("\(PersistencePlan.postgres(url: url).target ?? "the database") is up to date")
    }

    private func show(_ plan: MigrationPlan) {
        guard json else {
            return print(MigrationReport(plan, isColoured: DoctorReport.isColoured(ProcessInfo.processInfo.environment)).text)
        }
        for step in plan.steps { print(step.json) }
    }

    /// Nil where the settings have none.
    private func configuredURL() throws -> Secret? {
        try VerbExit.checkingInput { try Settings.load(path: configuration.path, environment: .current()).supabase.dbURL }
    }

    private func printScripts() { print(Migration.script, terminator: "") }
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
