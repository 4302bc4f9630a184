import ArgumentParser
import Foundation
import Journal
import Operations
import Replay
import SwitchboardApp

/// `switchboard journal`. It is not named after its verb, since that is the name of a module.
struct JournalVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Check, compact or back up the journal, the SQLite file that holds every delivery and session.",
        subcommands: [Check.self, Compact.self, Backup.self])

    /// `switchboard journal check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Check the journal for damage.",
            discussion: """
                Reads the whole file, and changes nothing; the gateway may be running meanwhile. It checks the file itself (SQLite's \
                integrity_check), the references between rows, and whether compressed deliveries can be read. It prints the number of rows \
                per table, then one line per problem.

                \(VerbExit.codes(
                    "no problem found", found: "problems found",
                    input: "the settings cannot be used, there is no journal, or it is of another version",
                    notNow: "the journal cannot be read now"))

                Example: switchboard journal check
                """)

        @Flag(help: "Print one JSON object: rows (a count per table) and problems (a list of sentences).")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            let check: JournalCheck
            do throws(JournalError) { check = try await JournalReader.check(path: settings.journal.path) } catch {
                throw VerbExit.failure(error, settings)
            }
            print(json ? check.json : check.lines)
            guard !check.problems.isEmpty else { return }
            if !json {
                // Flushed first, so that the advice follows the problems if both go to one file or terminal.
                fflush(nil)
                VerbExit.tell("\(settings.journal.path) has problems: keep a copy, and restore a backup (Docs/Operating.md, “Backup”)")
            }
            throw VerbExit.problemFound
        }
    }

    /// `switchboard journal compact`.
    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Make the journal file as small as its contents allow.",
            discussion: """
                Rewrites the file without the space that deleted rows have left. This is never necessary, since the gateway reuses that \
                space; it only returns disk space to the system. While it runs, the disk needs free space for a second copy of the file.

                Stop the gateway first: no other process may have the journal open.

                \(VerbExit.codes(
                    "compacted", notNow: "the journal is open elsewhere, or the disk has too little free space; the file is unchanged"))

                Example: switchboard journal compact
                """)

        @Flag(help: "Print one JSON object: bytes_before and bytes_after.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try configuration.settings()
            do throws(JournalError) {
                let compacted = try await JournalCompaction.compact(settings.journal.path)
                let text = "\(compacted.path): \(compacted.bytesBefore) bytes before, \(compacted.bytesAfter) after"
                print(json ? compacted.json : text)
            } catch {
                throw VerbExit.failure(error, settings)
            }
        }
    }

    /// `switchboard journal backup`.
    struct Backup: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Copy the journal into one file, while the gateway may be running.",
            discussion: """
                The copy is a consistent snapshot, and is checked before it gets its name. Only its owner can read it, because it holds \
                messages, phone numbers and session tokens. An existing file is never overwritten.

                \(VerbExit.codes(
                    "copied",
                    input: "the settings or the journal cannot be used, or the file to write exists already or cannot be created",
                    notNow: "another copy is being made, or a temporary failure such as a full disk"))

                Example: switchboard journal backup /var/backups/switchboard.sqlite
                """)

        @Argument(help: "The file to create.", completion: .file())
        var file: String

        @Flag(help: "Print one JSON object: file and bytes.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            guard !file.isEmpty else { throw ValidationError("the name of the backup is empty; name the file to write") }
            guard !CaptureFiles.isFolder(file) else {
                throw ValidationError("“\(file)” is a folder: name a file in it, such as switchboard.sqlite")
            }
        }

        func run() async throws {
            let settings = try configuration.settings()
            let reader = try await VerbJournal.read(settings) { $0 }
            do throws(JournalError) {
                let copy = try await reader.makeBackup(file)
                // Like an export, it reports on standard error.
                let report = "the journal was copied to \(copy.file): \(copy.bytes) bytes, checked by SQLite"
                if json { print(copy.json) } else { VerbExit.tell(report) }
            } catch {
                throw VerbExit.failure(error, settings)
            }
        }
    }
}

extension JournalCheck {
    /// One line per table, then one line per problem.
    fileprivate var lines: String {
        let rows = counts.map { "\($0.table)\(String(repeating: " ", count: max(1, 20 - $0.table.count)))\($0.rows)" }
        return (rows + (problems.isEmpty ? ["no problem found"] : problems.map { "problem: \($0)" })).joined(separator: "\n")
    }
}
