import Messaging

/// Queries a database's state and reports its problems.
public struct DatabaseExamination: Sendable {
    private let source: any SchemaSource
    private let budget: Duration
    private let now: TimeSource

    /// `budget` limits the time of each of its queries, of which there are at most eight.
    public init(_ source: any SchemaSource, budget: Duration = .seconds(10), now: @escaping TimeSource = { .now }) {
        self.source = source
        self.budget = budget
        self.now = now
    }

    /// One finding per examined aspect.
    public func findings() async -> [Finding] {
        let sent = now()
        do throws(CallFailure) {
            let answer = try await source.call(.inspect, Array("{}".utf8), within: budget)
            guard let seen = SchemaInspection(answer) else { return await findings(instead: .incomplete(answer)) }
            let clock = seen.now.map { ClockRule(database: $0, sent: sent, received: now()).finding }
            return [answers(seen.role)] + [clock].compactMap(\.self) + SchemaRules(seen, in: source.schema).findings + (await views(seen))
                + (await sessions()) + (await objects())
        } catch {
            return await findings(instead: error)
        }
    }

    /// If `switchboard_inspect` is missing or different, the schema is read in another way.
    private func findings(instead failure: CallFailure) async -> [Finding] {
        guard failure.isOfTheFunction else { return [Finding(failure)] }
        do throws(CallFailure) {
            let seen = try await source.describedSchema(within: budget)
            return [answers(seen.role)] + SchemaRules(seen, in: source.schema).findings + (await views(seen)) + (await sessions())
                + (await objects())
        } catch {
            return [Finding(failure), Finding(error)]
        }
    }

    /// If `switchboard_inspect` does not report views, they are read in another way.
    private func views(_ seen: SchemaInspection) async -> [Finding] {
        do throws(CallFailure) {
            var views = seen.exposedViews
            if views == nil { views = try await source.exposedViews(within: budget) }
            return views.map { ExposedViewRules(TableOwners(seen, in: source.schema).ours(of: $0)).findings } ?? []
        } catch {
            return [Finding(.warn, "supabase.views", "could not be examined: \(error.description)", advice: error.advice)]
        }
    }

    private func sessions() async -> [Finding] {
        do throws(CallFailure) { return try await source.unusableSessions(within: budget)?.findings(in: source.schema) ?? [] } catch {
            return [Finding(.warn, "supabase.sessions", "could not be examined: \(error.description)", advice: error.advice)]
        }
    }

    /// The same objects as in the plan of a migration.
    private func objects() async -> [Finding] {
        do throws(CallFailure) {
            return (try await source.refusals(within: budget) ?? []).map { step in
                Finding(
                    step.kind == .obstacle ? .fail : .warn, "supabase.objects", "\(step.place) \(step.message)",
                    advice: [step.advice, step.statement].compactMap(\.self).joined(separator: ": "))
            }
        } catch {
            return [Finding(.warn, "supabase.objects", "could not be examined: \(error.description)", advice: error.advice)]
        }
    }

    private func answers(_ role: String?) -> Finding {
        let place = source.address.map { " at \($0)" } ?? ""
        return Finding(.ok, "supabase.reachable", "connected\(place)\(role.map { " as \($0)" } ?? "")")
    }
}

extension CallFailure {
    /// Whether the database works but has no `switchboard_inspect` with a usable answer.
    var isOfTheFunction: Bool {
        ["42883", "PGRST202", "incomplete", "42P01", "42703"].contains(code) || code == "3F000" && !isOfForeignSchema
    }
}

extension Finding {
    /// The finding about the connection to the database for a failed call.
    init(_ failure: CallFailure) { self.init(.fail, Finding.check(of: failure), failure.description, advice: failure.advice) }

    private static func check(of failure: CallFailure) -> String {
        switch (failure.code, failure.status) {
        case (_, 401): "supabase.service_role_key"
        case ("PGRST106", _): "supabase.schema"
        case ("28P01", _), ("28000", _), ("3D000", _): failure.isOfTheConnection ? "supabase.db_url" : "supabase.reachable"
        case ("42501", _), (_, 403): "supabase.permission"
        default: "supabase.reachable"
        }
    }
}
