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
        case nil: return seen.encoding.map { _ in Finding(.ok, "supabase.writing", "it takes writes") }
        case .standby:
            return Finding(
                .fail, "supabase.writing", "it is a standby, which takes no writes",
                advice: "take the URL of the primary: this one is a read replica's")
        case .byDefault:
            return Finding(
                .fail, "supabase.writing", "it takes no writes: \(Self.setting)", advice: WritingRule.advice(seen.readOnlyResets))
        case .byDefaultOfAPI:
            return Finding(
                .warn, "supabase.writing", "\(Self.setting), which the API overrides as long as the server lets it",
                advice: WritingRule.advice(seen.readOnlyResets))
        }
    }

    private var encoding: Finding? {
        guard let encoding = seen.encoding, encoding != "UTF8" else { return nil }
        return Finding(.fail, "supabase.encoding", "it \(EncodingRule.message(encoding))", advice: EncodingRule.advice)
    }
}

/// How to make a database writable again that is read-only by a default.
enum WritingRule {
    /// Resets the defaults, in a transaction that may write in spite of them. Works in psql, and in SQL editors that send all text at once.
    static func statement(_ resets: [String]) -> String { "begin read write; \(resets.joined(separator: " ")) commit;" }

    /// `resets` has the statements that reset the defaults of the role and the database; nil if these are unknown.
    static func advice(_ resets: [String]?) -> String {
        let space = "make space where Supabase closed it since its disk is nearly full; else"
        guard let resets else {
            let reset = "reset default_transaction_read_only;"
            return "\(space) one of these, in a transaction that writes: begin read write; alter role NAME \(reset) "
                + "alter role NAME in database NAME \(reset) alter database NAME \(reset) commit;"
        }
        guard !resets.isEmpty else {
            return "\(space) take default_transaction_read_only out of the options of the URL, or out of the server's configuration"
        }
        return "\(space), as a role that may: \(statement(resets))"
    }
}

/// Whether a database's encoding can store every text that people write.
enum EncodingRule {
    static func message(_ encoding: String) -> String {
        "has the encoding \(encoding), which cannot keep every letter: messages with others would be refused"
    }

    static let advice =
        "make a database with UTF8 and take that: create database NAME encoding 'UTF8' template template0; "
        + "an encoding is not changed afterwards"
}
