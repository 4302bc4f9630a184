import JSON

/// Privileges on the contract's tables, and the objects around them: what refuses rows, what runs when rows are written, and how to restore
/// what has to be dropped.
struct ObjectSurvey: Sendable, Equatable {
    var grants: [GrantChange] = []
    var indexes: [Index] = []
    var checks: [Check] = []
    var foreignKeys: [ForeignKey] = []
    var triggers: [Trigger] = []
    var rules: [Rule] = []
    var oddTables: [OddTable] = []
    /// Tables without partitions that inherit from another table, or from which another inherits.
    var kin: [Kin] = []
    var constants: [Constant] = []
    /// The project's restrictive policies that apply to a role that the gateway uses: they may refuse its rows.
    var restrictions: [Restriction] = []
    /// The event triggers of the whole database, by name, each with its function.
    var eventTriggers: [EventTrigger] = []
    /// Functions, procedures and aggregates that conflict with Switchboard's functions.
    var routines: [Routine] = []
    /// Tables that the role owns but whose rows it only sees through policies.
    var hidden: Set<String> = []
    /// The names of the policies by table.
    var policies: [String: Set<String>] = [:]
    var restorations: [Restoration] = []
    var rowUses: [RowUse] = []
    /// Whether the Supabase CLI has a list in this database to which this role may write.
    var keepsList = false

    /// Each has the parameter `SurveyQuery.contract`; `read` takes its answer.
    static let queries = [GrantQuery.sql] + ObjectQuery.all + [RestorationQuery.sql, RowTypeQuery.sql]

    /// The privileges on an object that the scripts revoke from a role or grant to it.
    struct GrantChange: Sendable, Equatable {
        /// `table`, `view`, `sequence`, `function` or `schema`.
        var kind: String
        var name: String
        var role: String
        /// `insert`, or `select (session_token)` for single columns.
        var lost: [String] = []
        var gained: [String] = []
    }

    struct Index: Sendable, Equatable {
        var table: String
        var name: String
        var isUnique = false
        /// Whether it is an exclusion constraint, which counts as unique too.
        var isExclusion = false
        var isPrimary = false
        /// Whether it was built completely.
        var isValid = true
        /// Whether it is checked for each row, not at the end of the transaction.
        var isImmediate = true
        /// The indexed columns, in order; nil stands for an expression.
        var columns: [String?]
        /// The columns, including those in its expressions and its condition.
        var used: [String]
        var condition: String?
        /// The definition as PostgreSQL writes it.
        var definition: String
        /// The statement that drops it.
        var statement: String
    }

    struct Check: Sendable, Equatable {
        var table: String
        var name: String
        var columns: [String]
        /// The definition as PostgreSQL writes it.
        var definition: String
    }

    /// One column of a foreign key.
    struct ForeignKey: Sendable, Equatable {
        var table: String
        var name: String
        var column: String
        /// The referenced table, with its schema.
        var target: String
    }

    struct Trigger: Sendable, Equatable {
        var table: String
        var name: String
        /// The function with its schema and arguments.
        var function: String
        var firesOnUpdate = false
        var firesOnInsert = false
        /// Whether it gets each row before the row is stored.
        var isBeforeRow = false
        /// Whether the text of its function deletes rows of the table.
        var deletes = false
        /// Whether it is deferred to the end of the transaction by default.
        var isDeferred = false
        var isEnabled = true

        /// Whether one of Switchboard's scripts created it.
        var isOurs: Bool { name.hasPrefix("switchboard_") }
    }

    /// A table of another kind than the scripts create.
    struct OddTable: Sendable, Equatable {
        var table: String
        /// Whether it is unlogged, so that a crash empties it.
        var isUnlogged = false
        /// The type, with its schema, of a typed table; nil if the table has columns of its own.
        var type: String?
    }

    struct Kin: Sendable, Equatable {
        var table: String
        /// The other table, with its schema.
        var name: String
        /// The statement that ends the inheritance.
        var statement: String
    }

    /// A column of the project's own that has the same value in all rows that omit it.
    struct Constant: Sendable, Equatable {
        var table: String
        var column: String
        /// Whether it is computed from other columns of the row, and therefore only equal if these are.
        var isGenerated = false
    }

    struct Restriction: Sendable, Equatable {
        var table: String
        var name: String
        /// The role to which it applies.
        var role: String
    }

    struct EventTrigger: Sendable, Equatable {
        var name: String
        /// The function with its schema.
        var function: String
        /// Whether its function may raise an error, judged by its text.
        var mayRefuse = false
    }

    struct Rule: Sendable, Equatable {
        var table: String
        var name: String
        /// The definition as PostgreSQL writes it.
        var definition: String
        /// The statement that drops it.
        var statement: String
    }

    struct Routine: Sendable, Equatable {
        /// `function`, `procedure` or `aggregate`.
        var kind: String
        /// The name with its schema and argument types.
        var name: String
        /// The statement that resolves the conflict.
        var statement: String
    }

    struct Restoration: Sendable, Equatable {
        /// Kind, name and home are those of a `DatabaseSurvey.Binding`.
        var kind: String
        var name: String
        var home: String?
        var statement: String
        /// The relations that it depends on, with their schemas.
        var uses: Set<String> = []
    }

    /// A column, or a materialized view, whose values are rows of a table.
    struct RowUse: Sendable, Equatable {
        /// The table's name with its schema.
        var table: String
        /// The table that has the column, or the materialized view.
        var home: String
        /// The column as used in a statement; nil for a materialized view.
        var column: String?
        var statement: String
        var restoration: String?
    }

    /// The statements that restore what a binding's statement drops; nil if unknown.
    func restoration(of binding: DatabaseSurvey.Binding) -> Restoration? {
        restorations.first { $0.kind == binding.kind && $0.name == binding.name && $0.home == binding.home }
    }
}

extension ObjectSurvey {
    /// Reads the answer to one of the queries; returns false if it is none.
    mutating func read(_ bytes: [UInt8]) -> Bool {
        guard let json = try? JSON(parsing: bytes), json.kind == .object else { return false }
        grants += json["grants"].elements.map {
            GrantChange(
                kind: $0["kind"].string ?? "", name: $0["name"].string ?? "", role: $0["role"].string ?? "",
                lost: $0["lost"].elements.compactMap(\.string), gained: $0["gained"].elements.compactMap(\.string))
        }
        indexes += json["indexes"].elements.map(Index.init)
        checks += json["checks"].elements.map {
            Check(
                table: $0["table"].string ?? "", name: $0["name"].string ?? "", columns: $0["columns"].elements.compactMap(\.string),
                definition: $0["definition"].string ?? "")
        }
        foreignKeys += json["foreign_keys"].elements.map {
            ForeignKey(
                table: $0["table"].string ?? "", name: $0["name"].string ?? "", column: $0["column"].string ?? "",
                target: $0["target"].string ?? "")
        }
        rules += json["rules"].elements.map {
            Rule(
                table: $0["table"].string ?? "", name: $0["name"].string ?? "", definition: $0["definition"].string ?? "",
                statement: $0["statement"].string ?? "")
        }
        routines += json["routines"].elements.map {
            Routine(kind: $0["kind"].string ?? "", name: $0["name"].string ?? "", statement: $0["statement"].string ?? "")
        }
        triggers += json["triggers"].elements.map {
            Trigger(
                table: $0["table"].string ?? "", name: $0["name"].string ?? "", function: $0["function"].string ?? "",
                firesOnUpdate: $0["update"].bool ?? false,
                firesOnInsert: $0["insert"].bool ?? false, isBeforeRow: $0["before_row"].bool ?? false,
                deletes: $0["deletes"].bool ?? false, isDeferred: $0["deferred"].bool ?? false, isEnabled: $0["enabled"].bool ?? false)
        }
        oddTables += json["odd_tables"].elements.map {
            OddTable(table: $0["table"].string ?? "", isUnlogged: $0["unlogged"].bool ?? false, type: $0["type"].string)
        }
        kin += json["kin"].elements.map {
            Kin(table: $0["table"].string ?? "", name: $0["name"].string ?? "", statement: $0["statement"].string ?? "")
        }
        constants += json["constants"].elements.map {
            Constant(table: $0["table"].string ?? "", column: $0["column"].string ?? "", isGenerated: $0["generated"].bool ?? false)
        }
        restrictions += json["restrictions"].elements.map {
            Restriction(table: $0["table"].string ?? "", name: $0["name"].string ?? "", role: $0["role"].string ?? "")
        }
        eventTriggers += json["event_triggers"].elements.map {
            EventTrigger(
                name: $0["name"].string ?? "", function: $0["function"].string ?? "", mayRefuse: $0["refuses"].bool ?? false)
        }
        hidden.formUnion(json["hidden"].elements.compactMap(\.string))
        for policy in json["policies"].elements {
            policies[policy["table"].string ?? "", default: []].insert(policy["name"].string ?? "")
        }
        restorations += json["restorations"].elements.map {
            Restoration(
                kind: $0["kind"].string ?? "", name: $0["name"].string ?? "", home: $0["home"].string,
                statement: $0["statement"].string ?? "", uses: Set($0["uses"].elements.compactMap(\.string)))
        }
        rowUses += json["row_uses"].elements.map {
            RowUse(
                table: $0["table"].string ?? "", home: $0["home"].string ?? "", column: $0["column"].string,
                statement: $0["statement"].string ?? "", restoration: $0["restoration"].string)
        }
        keepsList = keepsList || json["keeps_list"].bool ?? false
        return true
    }
}

extension ObjectSurvey.Index {
    fileprivate init(_ json: JSON) {
        self.init(
            table: json["table"].string ?? "", name: json["name"].string ?? "", isUnique: json["unique"].bool ?? false,
            isExclusion: json["exclusion"].bool ?? false, isPrimary: json["primary"].bool ?? false,
            isValid: json["valid"].bool ?? true, isImmediate: json["immediate"].bool ?? true,
            columns: json["columns"].elements.map(\.string),
            used: json["used"].elements.compactMap(\.string), condition: json["condition"].string,
            definition: json["definition"].string ?? "", statement: json["statement"].string ?? "")
    }
}
