import ArgumentParser
import JSON
import Journal
import Messaging
import SwitchboardApp

extension DeadLetters {
    /// `switchboard dead-letters retry`.
    struct Retry: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Try dead letters again.",
            discussion: """
                What could not be read is read by today's adapters, and what they read is stored as if it came now for the first time; what was \
                stored before stays as it is. What the database refused is sent to it again. A letter of which nothing fails any more is settled.

                Example: switchboard dead-letters retry --all

                Exit codes: 0 all are settled, 1 something still fails, 2 settings are wrong, 75 the journal or the database cannot be used now.
                """)

        @Argument(help: "The letters' ids.")
        var ids: [DeadLetterID] = []

        @Flag(help: "All that nobody has settled.")
        var all = false

        @Flag(help: "Print JSON Lines: one object a letter.")
        var json = false

        @OptionGroup var configuration: ConfigurationOptions

        func validate() throws {
            guard all != ids.isEmpty else { return }
            throw ValidationError(all ? "either ids or --all" : "name letters by their ids, or --all")
        }

        func run() async throws {
            let settings = try CommandFailure.checkingInput { try configuration.settings() }
            var codes: Set<Int32> = []
            try await CommandFailure.writing(settings) { journal in
                let retry = try CommandFailure.checkingInput { try DeadLetterRetry(settings, journal: journal) }
                defer { retry.shutdown() }
                if all { codes = try await retryAll(retry, journal) } else { codes = try await retryNamed(retry, journal) }
            }
            if codes.contains(CommandFailure.problemFound.rawValue) { throw CommandFailure.problemFound }
            if codes.contains(CommandFailure.notNow.rawValue) { throw CommandFailure.notNow }
        }

        private func retryNamed(_ retry: DeadLetterRetry, _ journal: Journal) async throws -> Set<Int32> {
            var codes: Set<Int32> = []
            for id in ids {
                guard let letter = try await journal.reader.deadLetter(id) else {
                    codes.insert(CommandFailure.failure("there is no dead letter \(id)", CommandFailure.problemFound).rawValue)
                    continue
                }
                codes.insert(tell(letter, try await retry.retry(letter)))
            }
            return codes
        }

        /// From the oldest to the latest that there is at the beginning.
        private func retryAll(_ retry: DeadLetterRetry, _ journal: Journal) async throws -> Set<Int32> {
            let end = try await journal.reader.deadLetters(limit: 1).first?.position ?? 0
            var codes: Set<Int32> = []
            var position: Int64 = 0
            while position < end {
                let letters = try await journal.reader.deadLetters(after: position, limit: 100)
                for letter in letters where letter.position <= end { codes.insert(tell(letter, try await retry.retry(letter))) }
                position = letters.last?.position ?? end
            }
            return codes
        }

        /// Prints what became of a letter and gives its exit code.
        private func tell(_ letter: StoredDeadLetter, _ outcome: DeadLetterRetry.Outcome) -> Int32 {
            print(json ? outcome.line(of: letter.id) : "\(letter.id) \(outcome.text)")
            return switch outcome {
            case .settled: 0
            case .failed: CommandFailure.problemFound.rawValue
            case .unavailable: CommandFailure.notNow.rawValue
            }
        }
    }
}

extension DeadLetterRetry.Outcome {
    fileprivate var text: String {
        switch self {
        case .settled(let receipt?): "settled: \(receipt.accepted) accepted, \(receipt.duplicates) duplicates"
        case .settled(nil): "settled"
        case .failed(let reason): "still fails: \(reason)"
        case .unavailable(let reason): "could not be tried: \(reason)"
        }
    }

    fileprivate func line(of id: DeadLetterID) -> String {
        var writer = JSONWriter()
        writer.object { line in
            line.member("dead_letter_id", id.description)
            switch self {
            case .settled(let receipt):
                line.member("settled", true)
                if let receipt {
                    line.member("accepted", receipt.accepted)
                    line.member("duplicates", receipt.duplicates)
                }
            case .failed(let reason), .unavailable(let reason):
                line.member("settled", false)
                line.member("reason", reason)
            }
        }
        return writer.text
    }
}
