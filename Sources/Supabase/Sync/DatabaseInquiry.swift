import Logging
import Messaging
import Relay
import ServiceLifecycle

/// A service that queries the database's state at the start of the gateway, in the background, and then at intervals. A wrong password, a
/// missing grant, a read-only database or functions of another version are therefore known before the first message fails.
///
/// The query passes through the same transport as all calls, so a wrong password is not repeated more often than theirs.
public final class DatabaseInquiry: Service {
    private let transport: any ContractTransport
    private let source: any SchemaSource
    private let target: String
    private let budget: Duration
    private let health: SyncHealth
    private let logger: Logger
    private let now: TimeSource

    /// The time between two queries of a healthy database.
    static let interval: Duration = .seconds(300)
    /// The delays before a database with a problem is queried again.
    static let backoff = BackoffPolicy(first: .seconds(5), longest: interval)

    /// `transport` calls the same database as `source`. `target` names the database in the log if the source does not know its address.
    /// `health` receives the result of each query.
    public init(
        _ source: any SchemaSource, by transport: any ContractTransport, target: String, health: SyncHealth, logger: Logger,
        budget: Duration = .seconds(10), now: @escaping TimeSource = { .now }
    ) {
        self.source = source
        self.transport = transport
        self.target = target
        self.health = health
        self.logger = logger
        self.budget = budget
        self.now = now
    }

    /// Queries the database until the gateway shuts down.
    public func run() async throws {
        await cancelWhenGracefulShutdown {
            var news = InquiryNews()
            while !Task.isCancelled {
                let pause = await self.ask(&news)
                try? await Task.sleep(for: pause)
            }
        }
    }

    /// Queries once, logs what is new, and returns the delay before the next query.
    func ask(_ news: inout InquiryNews) async -> Duration {
        let outcome = await outcome()
        guard !Task.isCancelled else { return .zero }
        health.asked(outcome.failure(at: now()))
        for line in news.lines(of: outcome) { write(line) }
        return news.failures == 0 ? Self.interval : Self.backoff.delay(afterAttempt: news.failures, random: .random(in: 0..<1))
    }

    private func outcome() async -> InquiryOutcome {
        do throws(CallFailure) {
            let answer = try await transport.call(.inspect, Array("{}".utf8), within: budget)
            guard let seen = SchemaInspection(answer) else { return .failed(.incomplete(answer)) }
            return .answered(role: seen.role, version: seen.version, InquiryOutcome.faults(SchemaRules(seen, in: source.schema).findings))
        } catch {
            return .failed(error)
        }
    }

    private func write(_ line: InquiryNews.LogLine) {
        var metadata: Logger.Metadata = ["target": "\(source.address ?? target)"]
        switch line {
        case .answers(let role, let version):
            if let role { metadata["role"] = "\(role)" }
            if let version { metadata["functions"] = .stringConvertible(version) }
            logger.notice("Supabase answers", metadata: metadata)
        case .failed(let failure):
            metadata["sync.failure"] = "\(MaskedRecord.masked(failure.description))"
            metadata["advice"] = "\(failure.advice)"
            guard failure.isRefusal else {
                return logger.warning("Supabase does not answer: messages wait in the journal", metadata: metadata)
            }
            logger.error("Supabase rejects calls: messages wait in the journal", metadata: metadata)
        case .finding(let finding): SyncLog(logger: logger).found(finding)
        }
    }
}

/// The result of one query.
enum InquiryOutcome: Sendable, Equatable {
    /// The database answered; the findings are its problems.
    case answered(role: String?, version: Int?, [Finding])
    case failed(CallFailure)

    /// The checks that a gateway reports at once; `doctor` reports all of them.
    private static let checks: Set<String> = [
        "supabase.writing", "supabase.encoding", "supabase.tables", "supabase.functions", "supabase.permission",
    ]
    /// The checks whose failure prevents every row from being stored.
    private static let refusals: Set<String> = ["supabase.writing", "supabase.permission"]

    static func faults(_ findings: [Finding]) -> [Finding] { findings.filter { $0.level != .ok && checks.contains($0.check) } }

    /// The failure that prevents rows from being stored; nil if they can be.
    func failure(at now: Instant) -> SyncHealth.Failure? {
        switch self {
        case .failed(let failure): SyncHealth.Failure(failure, at: now)
        case .answered(_, _, let faults):
            faults.first { $0.level == .fail && Self.refusals.contains($0.check) }.map {
                SyncHealth.Failure(reason: "\($0.check): \($0.message)", at: now, isPause: true, isRefusal: true)
            }
        }
    }
}

/// Selects the log lines for a sequence of query results: each problem is logged once, and again if it returns.
struct InquiryNews {
    enum LogLine: Equatable {
        case answers(role: String?, version: Int?)
        case failed(CallFailure)
        case finding(Finding)
    }

    /// The number of consecutive queries without an answer.
    private(set) var failures = 0
    private var lastFailure: String?
    private var hasAnswered = false
    private var told: [Finding] = []

    mutating func lines(of outcome: InquiryOutcome) -> [LogLine] {
        switch outcome {
        case .failed(let failure):
            failures += 1
            defer { lastFailure = failure.description }
            hasAnswered = false
            return lastFailure == failure.description ? [] : [.failed(failure)]
        case .answered(let role, let version, let faults):
            defer { (hasAnswered, failures, lastFailure, told) = (true, 0, nil, faults) }
            return (hasAnswered ? [] : [.answers(role: role, version: version)])
                + faults.filter { !told.contains($0) }.map { .finding($0) }
        }
    }
}
