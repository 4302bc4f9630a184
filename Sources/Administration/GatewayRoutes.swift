import Foundation
import HTTPTypes
import JSON
import Journal
import Messaging
import Operations
import Receiver
import Telemetry

// The gateway itself.
extension Administration {
    func addGatewayRoutes(to router: OperatorRouter) {
        router.on(.get, "admin/overview") { request in
            _ = try Query(request)
            return try await overview()
        }
        router.on(.get, "admin/series") { request in
            let query = try Query(request, "minutes")
            let minutes = try query["minutes"].map { text throws(Problem) in
                guard let minutes = Int(text), (1...TrafficSeries.minutes).contains(minutes) else {
                    throw Query.wrong("minutes", "must be a whole number from 1 to \(TrafficSeries.minutes)")
                }
                return minutes
            }
            return OperatorAnswer.writing { history.write(to: &$0, last: minutes ?? 60) }
        }
        router.on(.get, "admin/settings") { request in
            _ = try Query(request)
            return .object { $0.member("text", facts.settings) }
        }
        router.on(.get, "admin/doctor") { request in
            _ = try Query(request)
            let findings = await means.doctor()
            return .object { object in
                object.key("findings")
                findings.write(to: &object)
            }
        }
        router.on(.post, "admin/journal/backup") { request in
            try await request.requireNoBody()
            let file = backupFile
            return try await audited(request, "journal.backup", file) {
                let copy = try await backUp(to: file)
                let answer = OperatorAnswer.writing(.created) { writer in
                    writer.object { object in
                        object.member("path", copy.file)
                        object.member("bytes", copy.bytes)
                    }
                }
                return (answer, "done")
            }
        }
    }

    /// Throws 409 while another copy is being made, and 503 with the reason if this one could not be made or would leave too little space.
    private func backUp(to file: String) async throws(Problem) -> JournalCopy {
        let facts = journal.fileFacts
        if let free = facts.freeSpace, free - facts.bytes < journal.configuration.minimumFreeSpace {
            throw Problem(
                .serviceUnavailable,
                detail:
                    "the copy would leave less free space than journal.min_free_space: remove earlier copies, or take this one elsewhere")
        }
        do throws(JournalError) { return try await journal.reader.makeBackup(file) } catch {
            guard error.code != .busy else { throw Problem(.conflict, detail: "the journal was not copied: \(error.reason)") }
            throw Problem(.serviceUnavailable, detail: "the journal was not copied: \(error.reason)", retryAfter: 5)
        }
    }

    /// A new file beside the journal: an operator of `/admin` must not choose paths.
    private var backupFile: String {
        let url = URL(fileURLWithPath: journal.configuration.path)
        let time = now().description.replacing(":", with: "-")
        return url.deletingLastPathComponent().appendingPathComponent("backup-\(time).\(url.lastPathComponent)").path
    }

    private func overview() async throws -> OperatorAnswer {
        let file = journal.fileFacts
        let sync = await means.persistence?()
        let now = now()
        let sessions = try await journal.reader.activeSessionCount()
        let letters = try await journal.reader.openDeadLetterCount()
        let time = means.metrics.distribution(of: "switchboard_webhook_acknowledgement_seconds")
        return .object { object in
            object.member("version", facts.version)
            object.member("started_at", facts.startedAt.description)
            object.key("journal")
            object.object { journal in
                journal.member("path", file.path)
                journal.member("bytes", file.bytes)
                journal.member("disk_free_bytes", raw: file.freeSpace.map { "\($0)" } ?? "null")
                journal.member("read_only", file.isReadOnly)
            }
            object.key("supabase")
            object.object { state in
                state.member("state", sync?.word ?? "disabled")
                guard let sync else { return }
                state.key("detail")
                sync.write(to: &state, at: now, inWords: true)
            }
            object.key("outbox")
            object.object { outbox in
                outbox.member("depth", sync?.outboxDepth ?? 0)
                let age = sync?.oldestUnsynced.map { max(0, now.since($0).components.seconds) }
                outbox.member("oldest_age_seconds", raw: age.map { "\($0)" } ?? "null")
            }
            object.member("sessions_active", sessions)
            object.member("dead_letters_open", letters)
            write(accountsTo: &object, at: now)
            object.member(
                "signature_failures", means.metrics.counts(of: "switchboard_signature_failures_total").reduce(0) { $0 + $1.count })
            object.key("acknowledgement")
            object.object { times in
                times.member("p50_ms", raw: TrafficSeries.milliseconds(time?.quantile(0.5)))
                times.member("p99_ms", raw: TrafficSeries.milliseconds(time?.quantile(0.99)))
            }
            object.key("last_errors")
            object.array { list in
                for (at, message) in means.lastErrors() {
                    list.object { error in
                        error.member("at", at.description)
                        error.member("message", message)
                    }
                }
            }
        }
    }

    private func write(accountsTo object: inout JSONWriter, at now: Instant) {
        let counts = means.metrics.counts(of: "switchboard_webhooks_total")
        object.key("accounts")
        object.array { list in
            for (adapter, account, last) in means.traffic.lastWebhooks() {
                let own = counts.filter { $0.labels["adapter"] == adapter && $0.labels["account"] == account }
                let outcomes = Dictionary(own.map { ($0.labels["answer"] ?? "", $0.count) }, uniquingKeysWith: +)
                list.object { entry in
                    entry.member("adapter", adapter)
                    entry.member("account", account)
                    entry.key("deliveries")
                    entry.object { object in
                        for (outcome, count) in outcomes.sorted(by: { $0.key < $1.key }) { object.member(outcome, count) }
                    }
                    entry.member("last_webhook_at", raw: last.map { Self.quoted($0.description) } ?? "null")
                    entry.member("silent_seconds", raw: last.map { "\(max(0, now.since($0).components.seconds))" } ?? "null")
                }
            }
        }
    }
}
