/// What the scripts say of a table: the definitions of its columns, what is unique in it, and its indexes. Read from their text, so that
/// there is no second list.
struct TableScript: Sendable {
    /// Of each column of the first script, without its name: `jsonb not null default '{}'::jsonb`.
    let definitions: [String: String]
    /// Columns of which no two rows share the values.
    let keys: [Set<String>]
    /// Indexes by name.
    let indexes: [String: Index]
    /// The names of the checks.
    let checks: Set<String>

    struct Index: Sendable, Equatable {
        var isUnique: Bool
        var columns: [String]
        /// Of the rows that it has; nil where it has all.
        var condition: String?

        /// `unique on (phone) where phone is not null`.
        var description: String {
            "\(isUnique ? "unique " : "")on (\(columns.joined(separator: ", ")))\(condition.map { " where \($0)" } ?? "")"
        }
    }

    /// The contract's tables by name. The scripts of functions, which are long, make none.
    static let all: [String: TableScript] = {
        let script = Migration.all.filter { !$0.name.hasPrefix("switchboard_functions") }.map(\.sql).joined(separator: "\n")
        return Dictionary(uniqueKeysWithValues: SchemaContract.columns.keys.map { ($0, TableScript($0, in: script)) })
    }()

    init(_ table: String, in script: String) {
        let lines = Self.lines(of: table, in: script)
        var definitions: [String: String] = [:]
        var keys: [Set<String>] = []
        var indexes = Self.indexes(of: table, in: script)
        for line in lines {
            if let match = line.firstMatch(of: #/^(?:constraint (\w+) )?(primary key|unique) \(([^)]*)\)/#) {
                let columns = Self.names(match.3)
                keys.append(Set(columns))
                let name = match.1.map(String.init) ?? "\(table)_pkey"
                indexes[name] = Index(isUnique: true, columns: columns, condition: nil)
            } else if let match = line.firstMatch(of: #/^(\w+)\s+(.+)$/#) {
                let column = String(match.1)
                definitions[column] = String(match.2)
                guard let key = match.2.firstMatch(of: #/primary key|unique/#) else { continue }
                keys.append([column])
                let name = key.0 == "unique" ? "\(table)_\(column)_key" : "\(table)_pkey"
                indexes[name] = Index(isUnique: true, columns: [column], condition: nil)
            }
        }
        let others = indexes.values.filter { $0.isUnique && $0.condition?.hasSuffix("is not null") != false }.map { Set($0.columns) }
        self.definitions = definitions
        self.keys = keys + others
        self.indexes = indexes
        let added = script.matches(of: #/alter table public\.(\w+) add constraint (\w+) check/#).filter { $0.1 == table }
        checks = Set(definitions.filter { $0.value.contains(" check (") }.map { "\(table)_\($0.key)_check" } + added.map { String($0.2) })
    }

    /// What is between the brackets of the table's statement, without commas and comments.
    private static func lines(of table: String, in script: String) -> [String] {
        guard let head = script.firstRange(of: "create table if not exists public.\(table) (\n"),
            let end = script[head.upperBound...].firstRange(of: "\n)")
        else { return [] }
        return script[head.upperBound..<end.lowerBound].split(separator: "\n").map { line in
            String(line.replacing(#/\s+-- .*$/#, with: "").replacing(#/^\s+|,?\s*$/#, with: ""))
        }
    }

    private static func indexes(of table: String, in script: String) -> [String: Index] {
        let made = script.matches(of: #/create (unique )?index if not exists (\w+) on public\.(\w+) \(([^)]*)\)(?: where ([^;]*))?;/#)
        return Dictionary(
            made.filter { $0.3 == table }.map { match in
                let condition = match.5.map(String.init)
                return (String(match.2), Index(isUnique: match.1 != nil, columns: names(match.4), condition: condition))
            }, uniquingKeysWith: { _, last in last })
    }

    private static func names(_ list: Substring) -> [String] { list.split(separator: ",").map { String($0.replacing(" ", with: "")) } }
}

extension TableScript {
    /// Whether the column refuses null.
    func isNotNull(_ column: String) -> Bool {
        let definition = definitions[column] ?? ""
        return definition.contains("not null") || indexes.contains { $0.key.hasSuffix("_pkey") && $0.value.columns.contains(column) }
    }

    /// The default of a column, as SQL has it.
    func preset(of column: String) -> String? {
        definitions[column]?.firstMatch(of: #/ default (.+)$/#).map { String($0.1) }
    }

    func isCounted(_ column: String) -> Bool { definitions[column]?.contains("as identity") == true }

    /// The table and the column, with brackets, that the column refers to: `public.contacts (contact_id)`.
    func reference(of column: String) -> String? {
        definitions[column]?.firstMatch(of: #/references (public\.\w+ \(\w+\))/#).map { String($0.1) }
    }
}
