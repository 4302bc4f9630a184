import Signing

extension Migration {
    /// The text of the script's file in the Supabase CLI's folder. The CLI runs all scripts that its list lacks, in the order of their
    /// names. The file of a superseded script therefore does nothing, so that a database with later functions does not get the earlier
    /// ones. The script of the tables does what `migrate` does, and stops if only `migrate` can decide.
    public var filed: String {
        guard isReplaced, let successor = later.last(where: { $0.functionsVersion != nil && !$0.isReplaced }) else {
            return isFirst ? Self.sealed(prepared(judged: false)) : versionKept + sql
        }
        return noted(successor)
    }

    /// Whether this version, or an earlier one, may have written this text into the script's file.
    public func isFiled(_ text: String) -> Bool {
        text == filed || text == sql || text == versionKept + sql || later.contains { text == noted($0) }
            || isFirst && (Self.isSealed(text) || text == schema.creation + schema.text(Self.grantsKept + landed + Self.grantsRestored))
    }

    /// The text after a digest of it. What precedes and follows the script changes with the program's version; the digest shows that nobody
    /// has edited the file.
    static func sealed(_ text: String) -> String {
        "\(seal)\(Hex.encode(Digest.sha256(Array(text.utf8))))\n\(text)"
    }

    private static func isSealed(_ text: String) -> Bool {
        guard text.hasPrefix(seal), let end = text.firstIndex(of: "\n") else { return false }
        return text == sealed(String(text[text.index(after: end)...]))
    }

    private static let seal = "-- Written by Switchboard. SHA-256 of what follows: "

    /// The scripts for `public` after this one.
    private var later: ArraySlice<Migration> { Self.all.drop { $0.landedName != landedName }.dropFirst() }

    private func noted(_ successor: Migration) -> String {
        """
        -- \(file)
        -- Nothing is done here: \(schema.version(of: successor.version))_\(schema.name(of: successor.landedName)).sql makes all of it anew.
        do $$ begin null; end $$;

        """
    }

    /// The version of the functions that the script creates; nil if it creates none.
    var functionsVersion: Int? {
        guard let match = landedName.wholeMatch(of: #/switchboard_functions(?:_v([0-9]+))?/#) else { return nil }
        return match.1.flatMap { Int($0) } ?? 1
    }

    /// SQL that refuses to replace later functions by these; empty for a script without functions.
    var versionKept: String {
        guard let functionsVersion else { return "" }
        return schema.text(
            """
            -- Functions of a later version are not replaced by these.
            do $switchboard_version$
            declare found integer;
            begin
              select pg_catalog.max(pg_catalog.substring(prosrc, '''version'', *([0-9]{1,6})')::integer) into found
              from pg_catalog.pg_proc
              where pronamespace = pg_catalog.to_regnamespace('public') and proname = 'switchboard_inspect';
              if found > \(functionsVersion) then
                raise feature_not_supported using
                  message = pg_catalog.format('the functions are of version %s, and this script has those of version \(functionsVersion)', found),
                  hint = 'Use the Switchboard that made them. To have the Supabase CLI leave this script out: '
                    'supabase migration repair --status applied \(version)';
              end if;
            end $switchboard_version$;

            """)
    }
}

extension SchemaName {
    /// The name of a script for this schema.
    func name(of landed: String) -> String { self == .public ? landed : "\(landed)_in_\(self)" }
}
