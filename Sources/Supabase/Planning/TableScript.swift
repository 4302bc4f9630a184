/// The scripts' description of a table: its columns' definitions, its keys and its indexes. It is read from their text, so that there is no
/// second list.
struct TableScript: Sendable {
    let name: String
    /// The definition of each column in the first script, without its name: `jsonb not null default '{}'::jsonb`.
    let definitions: [String: String]
    /// The columns of each key.
    let keys: [Set<String>]
    /// Indexes by name, including those of keys, as the last script leaves them.
    let indexes: [String: Index]
    /// The conditions of the checks, by name.
    let checks: [String: String]

    struct Index: Sendable, Equatable {
        enum Kind: Sendable {
            case primaryKey, uniqueConstraint, index
        }

        var kind = Kind.index
        var isUnique: Bool
        var columns: [String]
        /// The condition of a partial index; nil if it has all rows.
        var condition: String?

        /// `unique on (phone) where phone is not null`.
        var description: String {
            "\(isUnique ? "unique " : "")on (\(columns.joined(separator: ", ")))\(condition.map { " where \($0)" } ?? "")"
        }
    }

    /// The contract's tables by name. Functions scripts, which are long and create no table, are not searched.
    static let all: [String: TableScript] = {
        let script = Migration.all.filter { !$0.name.hasPrefix("switchboard_functions") }.map(\.sql).joined(separator: "\n")
        return Dictionary(uniqueKeysWithValues: SchemaContract.columns.keys.map { ($0, TableScript($0, in: script)) })
    }()

    /// A foreign key, always of a single column.
    struct Reference: Sendable, Equatable {
        /// The table that has it.
        var table: String
        var column: String
        /// The referenced table and column.
        var target: String
        var targetColumn: String

        /// Identifies it among all foreign keys.
        var place: String { "\(table).\(column)" }
    }

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
                indexes[name] = Index(kind: match.2 == "unique" ? .uniqueConstraint : .primaryKey, isUnique: true, columns: columns)
            } else if let match = line.firstMatch(of: #/^(\w+)\s+(.+)$/#) {
                let column = String(match.1)
                definitions[column] = String(match.2)
                guard let key = match.2.firstMatch(of: #/primary key|unique/#) else { continue }
                keys.append([column])
                let isPrimary = key.0 != "unique"
                let name = isPrimary ? "\(table)_pkey" : "\(table)_\(column)_key"
                indexes[name] = Index(kind: isPrimary ? .primaryKey : .uniqueConstraint, isUnique: true, columns: [column])
            }
        }
        let others = indexes.values.filter { $0.isUnique && $0.condition?.hasSuffix("is not null") != false }.map { Set($0.columns) }
        name = table
        self.definitions = definitions
        self.keys = keys + others
        self.indexes = indexes
        let own = definitions.compactMap { column, definition in
            definition.firstMatch(of: #/ check \((.+)\)$/#).map { ("\(table)_\(column)_check", String($0.1)) }
        }
        let added = script.matches(of: #/alter table public\.(\w+) add constraint (\w+) check \((.+)\) not valid;/#)
        checks = Dictionary(own + added.filter { $0.1 == table }.map { (String($0.2), String($0.3)) }) { _, last in last }
    }

    /// The lines between the brackets of the table's statement, without commas and comments.
    private static func lines(of table: String, in script: String) -> [String] {
        guard let head = script.firstRange(of: "create table if not exists public.\(table) (\n"),
            let end = script[head.upperBound...].firstRange(of: "\n)")
        else { return [] }
        return script[head.upperBound..<end.lowerBound].split(separator: "\n").map { line in
            String(line.replacing(#/\s+-- .*$/#, with: "").replacing(#/^\s+|,?\s*$/#, with: ""))
        }
    }

    private static func indexes(of table: String, in script: String) -> [String: Index] {
        let dropped = Set(script.matches(of: #/drop index if exists public\.(\w+);/#).map { String($0.1) })
        let made = script.matches(of: #/create (unique )?index if not exists (\w+) on public\.(\w+) \(([^)]*)\)(?: where ([^;]*))?;/#)
        return Dictionary(
            made.filter { $0.3 == table && !dropped.contains(String($0.2)) }.map { match in
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

    /// The default of a column, as SQL.
    func preset(of column: String) -> String? {
        definitions[column]?.firstMatch(of: #/ default (.+)$/#).map { String($0.1) }
    }

    func isCounted(_ column: String) -> Bool { definitions[column]?.contains("as identity") == true }

    /// The table's foreign keys, ordered by their column.
    var references: [Reference] {
        definitions.sorted { $0.key < $1.key }.compactMap { column, definition in
            definition.firstMatch(of: #/references public\.(\w+) \((\w+)\)/#).map {
                Reference(table: name, column: column, target: String($0.1), targetColumn: String($0.2))
            }
        }
    }
}

extension TableScript.Index {
    /// Whether an `on conflict` of the functions needs it: without it PostgreSQL refuses every row that they write (42P10).
    var isArbiter: Bool { isUnique && condition == nil && Self.arbiters.contains(Set(columns)) }

    private static let arbiters: Set<Set<String>> = {
        let script = Migration.all.last { $0.name.hasPrefix("switchboard_functions") }?.sql ?? ""
        return Set(
            script.matches(of: #/on conflict \(([^)]*)\)/#).map { match in
                Set(match.1.split(separator: ",").map { String($0.replacing(" ", with: "")) })
            })
    }()
}
