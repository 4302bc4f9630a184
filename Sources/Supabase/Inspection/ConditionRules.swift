import Messaging

/// Reports conditions of the database that prevent rows from being stored, whatever its tables.
struct ConditionRules {
    private let seen: SchemaInspection

    init(_ seen: SchemaInspection) { self.seen = seen }

    /// Empty if the database did not report its conditions.
    var findings: [Finding] { [writing, encoding].compactMap(\.self) }

    static let setting = "default_transaction_read_only is on for the role, the database or the server"

    private var writing: Finding? {
        switch seen.readOnly {
        // If the encoding was reported, so was whether the database is read-only.
        case nil: return seen.encoding.map { _ in Finding(.ok, "supabase.writing", "the database accepts writes") }
        case .standby:
            return Finding(
                .fail, "supabase.writing", "the database is a standby, which accepts no writes",
                advice: "use the primary's URL: this is a read replica's")
        case .byDefault:
            return Finding(
                .fail, "supabase.writing", "the database is read-only: \(Self.setting)", advice: WritingRule.advice(seen.readOnlyResets))
        case .byDefaultOfAPI:
            return Finding(
                .warn, "supabase.writing", "\(Self.setting), which the API overrides as long as the server allows this",
                advice: WritingRule.advice(seen.readOnlyResets))
        }
    }

    private var encoding: Finding? {
        guard let encoding = seen.encoding, encoding != "UTF8" else { return nil }
        return Finding(.fail, "supabase.encoding", "the database \(EncodingRule.message(encoding))", advice: EncodingRule.advice)
    }
}

/// How to make a database writable again that is read-only by a default.
enum WritingRule {
    /// SQL that resets the defaults. `begin read write` is needed, since the default applies to this transaction too. The text can be run by
    /// psql, and in an SQL editor that sends all of it at once.
    static func statement(_ resets: [String]) -> String { "begin read write; \(resets.joined(separator: " ")) commit;" }

    /// `resets` has the statements that reset the defaults of the role and the database; nil if these are unknown.
    static func advice(_ resets: [String]?) -> String {
        let space = "if Supabase made it read-only because its disk is nearly full, free space; otherwise"
        guard let resets else {
            let reset = "reset default_transaction_read_only;"
            return "\(space) run one of these in a transaction that may write: begin read write; alter role NAME \(reset) "
                + "alter role NAME in database NAME \(reset) alter database NAME \(reset) commit;"
        }
        guard !resets.isEmpty else {
            return "\(space) remove default_transaction_read_only from the options of the URL or from the server's configuration"
        }
        return "\(space) run this as a role that may: \(statement(resets))"
    }
}

/// Whether a database's encoding can store every text that people write.
enum EncodingRule {
    static func message(_ encoding: String) -> String {
        "has the encoding \(encoding), which cannot store every character: messages with others are refused"
    }

    static let advice =
        "create a database with UTF8 and use it: create database NAME encoding 'UTF8' template template0; "
        + "the encoding of a database cannot be changed"
}
