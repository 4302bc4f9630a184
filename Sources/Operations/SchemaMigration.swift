public import JSON
public import Supabase

extension Migrator {
    /// Plans, then applies every script if there is no obstacle. See `applyAll(by:tell:)`.
    @discardableResult
    public func applyAll(tell: (AppliedMigration) -> Void = { _ in }) async throws(MigrationFailure) -> [AppliedMigration] {
        try await applyAll(by: try await plan(), tell: tell)
    }

    /// Applies all scripts in one transaction. `waiting` is called with each lock that they wait for, `tell` with each script once all are
    /// done. If the plan has an obstacle, or the database refuses a script, it throws and applies nothing. It also throws if the scripts
    /// were applied but the database differs from the plan; another migration would then leave the same differences.
    @discardableResult
    public func applyAll(
        by plan: MigrationPlan, waiting: @escaping @Sendable (LockWait) -> Void = { _ in }, tell: (AppliedMigration) -> Void = { _ in }
    ) async throws(MigrationFailure) -> [AppliedMigration] {
        guard plan.obstacles.isEmpty else { throw MigrationFailure(plan) }
        try await apply(migrations, waiting: waiting)
        var applied: [AppliedMigration] = []
        for migration in migrations {
            let step = AppliedMigration(
                file: migration.file, isReplaced: migration.isReplaced, isRecorded: await isRecorded(migration))
            applied.append(step)
            tell(step)
        }
        guard !plan.changes.isEmpty else { return applied }
        let left = try await self.plan().changes
        guard left.isEmpty else { throw MigrationFailure(left: left) }
        return applied
    }
}

extension MigrationStep: Presentable {
    /// Writes `{"kind":…,"table":…,"column":…,"message":…,"advice":…,"statement":…,"restoration":…,"edit":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("kind", kind.rawValue)
            line.member("table", ifPresent: table)
            line.member("column", ifPresent: column)
            line.member("message", message)
            line.member("advice", ifPresent: advice)
            line.member("statement", ifPresent: statement)
            line.member("restoration", ifPresent: restoration)
            line.member("edit", ifPresent: edit)
        }
    }
}

/// A script that was applied to the database.
public struct AppliedMigration: Presentable, Equatable {
    /// The script's file name.
    public let file: String
    /// Whether a later script supersedes it, so that it was not run.
    public let isReplaced: Bool
    /// Whether it is in the Supabase CLI's list.
    public let isRecorded: Bool

    /// Writes `{"file":…,"replaced":…,"recorded":…}`.
    public func write(to writer: inout JSONWriter) {
        writer.object { line in
            line.member("file", file)
            line.member("replaced", isReplaced)
            line.member("recorded", isRecorded)
        }
    }
}
