/// What the scripts say of a table: the definitions of its columns, what is unique in it, and its indexes. Read from their text, so that
/// there is no second list.
struct TableScript: Sendable {
    let name: String
    /// Of each column of the first script, without its name: `jsonb not null default '{}'::jsonb`.
    let definitions: [String: String]
    /// Columns of which no two rows share the values.
    let keys: [Set<String>]
    /// Indexes by name, those of its keys included, as the last script leaves them.
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

    /// A foreign key: each is over one column.
    struct Reference: Sendable, Equatable {
        /// The table that has it.
        var table: String
        var column: String
        /// The table that it is to, and its column there.
        var target: String
        var targetColumn: String

        /// Which it is, among all of them.
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

    /// The default of a column, as SQL has it.
    func preset(of column: String) -> String? {
        definitions[column]?.firstMatch(of: #/ default (.+)$/#).map { String($0.1) }
    }

    func isCounted(_ column: String) -> Bool { definitions[column]?.contains("as identity") == true }

    /// Its foreign keys, by the column.
    var references: [Reference] {
        definitions.sorted { $0.key < $1.key }.compactMap { column, definition in
            definition.firstMatch(of: #/references public\.(\w+) \((\w+)\)/#).map {
                Reference(table: name, column: column, target: String($0.1), targetColumn: String($0.2))
            }
        }
    }
}

extension TableScript.Index {
    /// Whether an `on conflict` of the functions goes by it: without it PostgreSQL refuses every row that they write (42P10).
    var isArbiter: Bool { isUnique && condition == nil && Self.arbiters.contains(Set(columns)) }

    private static let arbiters: Set<Set<String>> = {
        let script = Migration.all.last { $0.name.hasPrefix("switchboard_functions") }?.sql ?? ""
        return Set(
            script.matches(of: #/on conflict \(([^)]*)\)/#).map { match in
                Set(match.1.split(separator: ",").map { String($0.replacing(" ", with: "")) })
            })
    }()
}
