import Journal
import Messaging

/// The findings about an inspected journal.
struct JournalRules {
    private let seen: JournalInspection
    private let path: String
    private let minimumFreeSpace: Int
    private let letters: OpenLetters?

    /// `letters` are its open dead letters, nil if they were not read; `minimumFreeSpace` is the number of free bytes that the settings
    /// require on its disk.
    init(_ seen: JournalInspection, letters: OpenLetters?, path: String, minimumFreeSpace: Int) {
        self.seen = seen
        self.letters = letters
        self.path = path
        self.minimumFreeSpace = minimumFreeSpace
    }

    func findings(at now: Instant) -> [Finding] {
        guard seen.readFailure == nil else { return [file, space].compactMap(\.self) }
        return [file, writing].compactMap(\.self) + OwnershipRule.findings(of: path, seen.ownership)
            + [schema, backup, integrity, space].compactMap(\.self) + (letters?.findings ?? []) + [outbox(at: now)].compactMap(\.self)
    }

    private var file: Finding {
        if let failure = seen.readFailure {
            return Finding(
                .fail, "journal.file", "\(path): \(failure)",
                advice: seen.rescue ?? "check that the file is the journal, and that this user may read it")
        }
        return Finding(.ok, "journal.file", seen.isThere ? path : "\(path) is created at the first start")
    }

    private var writing: Finding? {
        guard let failure = seen.writeFailure else {
            return seen.isThere ? Finding(.ok, "journal.writable", "a row could be written") : nil
        }
        return Finding(.fail, "journal.writable", failure, advice: "let this user write to \(path) and to its folder")
    }

    private var schema: Finding? {
        guard seen.isThere else { return nil }
        return switch seen.schema {
        case .current: Finding(.ok, "journal.schema", "the journal's tables are those of this version")
        case .empty:
            Finding(
                .warn, "journal.schema", "\(path) is an empty file, not a journal: it has no tables",
                advice: "if a journal was here, restore a backup; otherwise the next start of `serve` creates one")
        case .older:
            Finding(
                .warn, "journal.schema", "the journal was written by an earlier version of Switchboard",
                advice: "the next start of `serve` upgrades it")
        case .newer:
            Finding(
                .fail, "journal.schema", "the journal was written by a later version of Switchboard",
                advice: "install that version, or restore a backup of this version")
        }
    }

    private var backup: Finding? {
        seen.backedUpAt.map { time in
            Finding(
                .warn, "journal.backup", "the journal is a backup of \(time), from which no gateway has served yet",
                advice: "the database may have newer rows: see Docs/Operating.md, Backup")
        }
    }

    private var integrity: Finding? {
        guard let damages = seen.damages else { return nil }
        guard let first = damages.first else { return Finding(.ok, "journal.integrity", "SQLite finds nothing wrong") }
        return Finding(
            .fail, "journal.integrity", "\(first)\(damages.count > 1 ? " and \(damages.count - 1) more" : "")",
            advice: "stop the gateway, keep a copy of the file, and restore the last backup (Docs/Operating.md, Backup)")
    }

    private var space: Finding? {
        guard let free = seen.freeSpace else { return nil }
        let text = "\(free >> 20) MiB free"
        return free < Int64(minimumFreeSpace)
            ? Finding(
                .fail, "journal.space", "\(text), less than journal.min_free_space (\(minimumFreeSpace >> 20) MiB)",
                advice: "make space (Docs/Operating.md, A full disk)")
            : Finding(.ok, "journal.space", text)
    }

    private func outbox(at now: Instant) -> Finding? {
        guard let backlog = seen.backlog else { return nil }
        guard let oldest = backlog.oldest, backlog.depth > 0 else { return Finding(.ok, "journal.outbox", "the database has everything") }
        let age = max(0, now.since(oldest).components.seconds)
        let text = "\(backlog.depth) rows are waiting, the oldest for \(age) s"
        return age > 60
            ? Finding(
                .warn, "journal.outbox", text,
                advice: "start the gateway if it is not running; otherwise the database is unreachable or refuses rows: the last "
                    + "`could not save to Supabase` of the gateway's log, or `/readyz` (sync.refused), says why")
            : Finding(.ok, "journal.outbox", text)
    }
}
