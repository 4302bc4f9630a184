import ArgumentParser
import Foundation
import Journal
import Operations
import Replay
import SwitchboardApp

/// `switchboard journal`; not named after its verb, which is the name of a module.
struct JournalVerb: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "journal", abstract: "Check, compact or copy the journal's file.",
        subcommands: [Check.self, Compact.self, Backup.self])

    /// `switchboard journal check`.
    struct Check: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Look whether the journal is sound.",
            discussion: """
                Reads all of the file, beside the gateway: SQLite's own check, rows that name others which are not there, compressed deliveries \
                that cannot be read. Exit 1 where something is wrong.

                Example: switchboard journal check
                """)

        @Flag(help: "Print JSON.")
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
                // Below the problems, where both go to one file or terminal.
                fflush(nil)
                VerbExit.tell("\(settings.journal.path) has problems: keep a copy, and restore a backup (Docs/Operating.md, “Backup”)")
            }
            throw VerbExit.problemFound
        }
    }

    /// `switchboard journal compact`.
    struct Compact: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Give what removed rows have left empty back to the system.",
            discussion: """
                Writes the file anew, which takes as much free space again as it has. Nobody may have it open: exit 75 while a gateway serves. \
                It is never needed: what is empty is used again.

                Example: switchboard journal compact
                """)

        @Flag(help: "Print JSON.")
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
            abstract: "Copy the journal, beside the gateway.",
            discussion: """
                The copy is of one moment, one file, checked, and readable by its owner alone: it holds messages, phones and session tokens. A \
                file that is there already is never overwritten: exit 2.

                Example: switchboard journal backup /var/backups/switchboard.sqlite
                """)

        @Argument(help: "The file to write.", completion: .file())
        var file: String

        @Flag(help: "Print JSON.")
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
                print(json ? copy.json : "the journal was copied to \(copy.file): \(copy.bytes) bytes, checked by SQLite")
            } catch {
                throw VerbExit.failure(error, settings)
            }
        }
    }
}

extension JournalCheck {
    /// A line a table, then a line a problem.
    fileprivate var lines: String {
        let rows = counts.map { "\($0.table)\(String(repeating: " ", count: max(1, 20 - $0.table.count)))\($0.rows)" }
        return (rows + (problems.isEmpty ? ["no problem found"] : problems.map { "problem: \($0)" })).joined(separator: "\n")
    }
}
