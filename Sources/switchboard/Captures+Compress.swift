import ArgumentParser
import Journal
import Logging
import SwitchboardApp

extension Captures {
    /// `switchboard captures compress`: at once what a gateway does by and by, for benchmarks.
    struct Compress: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Compress deliveries that are older than a day, as a gateway does by itself.",
            discussion: "Example: switchboard captures compress", shouldDisplay: false)

        @OptionGroup var configuration: ConfigurationOptions

        func run() async throws {
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            var journal = Journal.Configuration(settings, path: settings.journal.path)
            journal.compressAfter = .seconds(86_400)
            do throws(JournalError) {
                let opened = try Journal(journal, logger: Logger(label: "switchboard.captures") { _ in SwiftLogNoOpLogHandler() })
                let count = try await opened.compressDeliveries()
                try opened.close()
                print(#"{"compressed":\#(count)}"#)
            } catch {
                throw CommandFailure.failure(error.reason, CommandFailure.notNow)
            }
        }
    }
}
