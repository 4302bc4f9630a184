import Signing

extension SchemaName {
    /// SQL for `public`, rewritten for this schema: the names of both schemas and the numbers of advisory locks are replaced. For `public`
    /// the text is unchanged.
    /// Scripts for other schemas are derived, since released scripts are never edited.
    func text(_ sql: String) -> String {
        guard self != .public else { return sql }
        let bytes = Array(sql.utf8)
        var text: [UInt8] = []
        var end = 0
        for word in SchemaWord.all(in: bytes) {
            guard let schema = name(of: word) else { continue }
            text += bytes[end..<word.range.lowerBound]
            text += schema.utf8
            end = word.range.upperBound
        }
        return withOwnLocks(String(decoding: text + bytes[end...], as: UTF8.self))
    }

    /// SQL that creates the schema if it does not exist; empty for `public`, which always exists.
    var creation: String {
        guard self != .public else { return "" }
        return """
            -- The schema of Switchboard's tables and of the functions that are called: supabase.schema in the settings.
            do $$
            begin
              if pg_catalog.to_regnamespace('\(name)') is null then create schema \(name); end if;
            exception
              -- Somebody made it at the same moment.
              when duplicate_schema or unique_violation then null;
              when insufficient_privilege then
                raise insufficient_privilege using
                  message = pg_catalog.format('there is no schema \(name), and %s may not make it', current_user),
                  hint = pg_catalog.format('As the owner of the database: create schema \(name) authorization %I;', current_user);
            end $$;


            """
    }

    /// The version of a script for this schema: that for `public` plus the schema's own number. The Supabase CLI identifies scripts by
    /// their version alone and compares versions as texts (its pkg/migration/list.go, read 2026-11-26), so all have 14 digits.
    ///
    /// The number is the same for all scripts, which keeps their order, and small, which keeps them before those of a later release. Its
    /// last two digits are 01 to 49, since versions for `public` end in 00 or 50.
    func version(of landed: String) -> String {
        guard self != .public, let version = Int(landed) else { return landed }
        let hash = Digest.sha256(Array(name.utf8)).prefix(6).reduce(0) { $0 << 8 | Int($1) }
        return "\(version + hash % 100 * 100 + hash / 100 % 49 + 1)"
    }

    private func name(of word: SchemaWord) -> String? {
        switch word.meaning {
        case .tables: name
        case .internals: internalName
        // A project's own triggers may use names in `public` without a schema. PostgREST searches both schemas as well.
        case .path: "\(name), public"
        case .other, nil: nil
        }
    }

    /// Advisory locks are shared by all schemas of a database. Their numbers are hashes, for which the schema's name becomes the seed: a
    /// call about a person then does not wait for a call about the same phone in another schema.
    private func withOwnLocks(_ sql: String) -> String {
        let call = "hashtextextended("
        let parts = sql.split(separator: call, omittingEmptySubsequences: false)
        return parts.enumerated().map { $0.offset == 0 ? String($0.element) : seeded($0.element) }.joined(separator: call)
    }

    /// `rest` begins with the arguments of a hash.
    private func seeded(_ rest: Substring) -> String {
        var depth = 1
        for index in rest.indices {
            if rest[index] == "(" { depth += 1 }
            if rest[index] == ")" { depth -= 1 }
            guard depth == 0 else { continue }
            guard let seed = [", 0::bigint", ", 0"].first(where: rest[..<index].hasSuffix) else { break }
            return "\(rest[..<index].dropLast(seed.count)), hashtextextended('\(name)', 0::bigint)\(rest[index...])"
        }
        return String(rest)
    }
}

/// An occurrence of `public` or `switchboard` in SQL, the names of Switchboard's schemas, which may mean something else as well.
struct SchemaWord: Equatable {
    enum Meaning {
        /// The schema of the tables and of the functions that are called.
        case tables
        /// The schema of the internal functions.
        case internals
        /// The first schema of a search path.
        case path
        /// The role `public`, or the program.
        case other
    }

    /// Its bytes.
    let range: Range<Int>
    /// Nil for a form without a rule: the word stays as it is, and a test fails.
    let meaning: Meaning?

    /// All occurrences, in the order of the text.
    static func all(in sql: [UInt8]) -> [SchemaWord] {
        var words: [SchemaWord] = []
        var start = 0
        while start < sql.count {
            let end = sql[start...].firstIndex { !isOfName($0) } ?? sql.endIndex
            if let schema = schemas.first(where: { $0.word.count == end - start && $0.word.elementsEqual(sql[start..<end]) }) {
                let context = Context(before: sql[..<start].suffix(32), after: sql[end...].prefix(32))
                words.append(SchemaWord(range: start..<end, meaning: context.meaning(of: schema.meaning)))
            }
            start = end == start ? start + 1 : end
        }
        return words
    }

    private static let schemas: [(word: [UInt8], meaning: Meaning)] = [
        (Array("public".utf8), .tables), (Array("switchboard".utf8), .internals),
    ]

    private static func isOfName(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x41...0x5A).contains(byte) || (0x30...0x39).contains(byte) || byte == 0x5F || byte == 0x24
    }

    /// The text around a word.
    private struct Context {
        let before: String
        let after: String

        init(before: ArraySlice<UInt8>, after: ArraySlice<UInt8>) {
            self.before = String(decoding: before, as: UTF8.self)
            self.after = String(decoding: after, as: UTF8.self)
        }

        /// `schema` is the word's meaning if it names a schema.
        func meaning(of schema: Meaning) -> Meaning? {
            if namesSchema { return schema }
            guard schema == .tables else { return isProgram ? .other : nil }
            return beginsPath ? .path : isRole ? .other : nil
        }

        /// `public.contacts`, `public.%I`, `'table public.' ||`; `'public'`, and in comments `` `public` ``; `schema public`.
        private var namesSchema: Bool {
            if after.first == ".", let next = after.dropFirst().first, next.isLetter || "_%'".contains(next) { return true }
            if let quote = after.first, quote == "'" || quote == "`", before.last == quote { return true }
            return ["schema ", "schema if not exists "].contains(where: before.hasSuffix)
        }

        /// `set search_path = public, pg_temp`; `'public, extensions'`.
        private var beginsPath: Bool {
            ["search_path = ", "search_path to "].contains(where: before.hasSuffix) || before.last == "'" && after.first == ","
        }

        /// `revoke … from public, anon`, `grant … to public;`.
        private var isRole: Bool { ["from ", "to "].contains(where: before.hasSuffix) && ",;".contains(after.first ?? " ") }

        /// `switchboard migrate`, and the beginning of the functions' names, `'switchboard\_%'`.
        private var isProgram: Bool { [" migrate", " doctor", #"\_%"#].contains(where: after.hasPrefix) }
    }
}
