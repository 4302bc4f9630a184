import JSON

/// Rights in the contract's tables, and the objects around these: what refuses rows, what runs when rows are written, and how to make again
/// what has to be dropped.
struct ObjectSurvey: Sendable, Equatable {
    var grants: [GrantChange] = []
    var indexes: [Index] = []
    var checks: [Check] = []
    var foreignKeys: [ForeignKey] = []
    var triggers: [Trigger] = []
    var rules: [Rule] = []
    var oddTables: [OddTable] = []
    /// Tables without partitions from which one inherits, and those that inherit from it.
    var kin: [Kin] = []
    var constants: [Constant] = []
    /// Policies that take rows away from a role by which rows are written.
    var restrictions: [Restriction] = []
    /// Those of the whole database, by name, each with its function.
    var eventTriggers: [EventTrigger] = []
    /// Functions, procedures and aggregates that are in the way of Switchboard's functions.
    var routines: [Routine] = []
    /// Tables of the role's own of which it sees rows by policies alone.
    var hidden: Set<String> = []
    /// The names of a table's policies.
    var policies: [String: Set<String>] = [:]
    var restorations: [Restoration] = []
    var rowUses: [RowUse] = []
    /// Whether the Supabase CLI has a list here into which this role writes.
    var keepsList = false

    /// Each is asked with `SurveyQuery.contract`, and `read` takes its answer.
    static let queries = [GrantQuery.sql] + ObjectQuery.all + [RestorationQuery.sql, RowTypeQuery.sql]

    /// What the scripts change of a role's rights in an object.
    struct GrantChange: Sendable, Equatable {
        /// `table`, `view`, `sequence`, `function` or `schema`.
        var kind: String
        var name: String
        var role: String
        /// `insert`, or `select (session_token)` of single columns.
        var lost: [String] = []
        var gained: [String] = []
    }

    struct Index: Sendable, Equatable {
        var table: String
        var name: String
        var isUnique = false
        /// Of an exclusion constraint, which is unique as well: it lets no two rows be alike.
        var isExclusion = false
        var isPrimary = false
        /// Whether it was built to its end.
        var isValid = true
        /// Whether it is asked at each row, and not when the transaction ends.
        var isImmediate = true
        /// The columns that it is over, in order; nil stands for an expression.
        var columns: [String?]
        /// Those of its expressions and of its condition as well.
        var used: [String]
        var condition: String?
        /// As PostgreSQL writes it.
        var definition: String
        /// What removes it.
        var statement: String
    }

    struct Check: Sendable, Equatable {
        var table: String
        var name: String
        var columns: [String]
        /// As PostgreSQL writes it.
        var definition: String
    }

    /// A column of a foreign key.
    struct ForeignKey: Sendable, Equatable {
        var table: String
        var name: String
        var column: String
        /// With its schema.
        var target: String
    }

    struct Trigger: Sendable, Equatable {
        var table: String
        var name: String
        /// With its schema and its arguments.
        var function: String
        var firesOnUpdate = false
        var firesOnInsert = false
        /// Whether it has each row before it is stored.
        var isBeforeRow = false
        /// Whether its function deletes rows of the table, by its text.
        var deletes = false
        /// Whether it waits for the end of the transaction, unless that says otherwise.
        var isDeferred = false
        var isEnabled = true

        /// Whether one of Switchboard's scripts made it.
        var isOurs: Bool { name.hasPrefix("switchboard_") }
    }

    /// One that is not as the scripts make tables.
    struct OddTable: Sendable, Equatable {
        var table: String
        /// Whether a crash empties it.
        var isUnlogged = false
        /// The type, with its schema, whose columns it has; nil where it has columns of its own.
        var type: String?
    }

    struct Kin: Sendable, Equatable {
        var table: String
        /// The other one, with its schema.
        var name: String
        /// What takes the two apart.
        var statement: String
    }

    /// A column of the project's own that has the same value in all rows that do not name it.
    struct Constant: Sendable, Equatable {
        var table: String
        var column: String
        /// Whether it is made of the row's others, and so the same where these are.
        var isGenerated = false
    }

    struct Restriction: Sendable, Equatable {
        var table: String
        var name: String
        /// Who is bound by it.
        var role: String
    }

    struct EventTrigger: Sendable, Equatable {
        var name: String
        /// With its schema.
        var function: String
        /// Whether its function may raise, as far as its text tells.
        var mayRefuse = false
    }

    struct Rule: Sendable, Equatable {
        var table: String
        var name: String
        /// As PostgreSQL writes it.
        var definition: String
        /// What removes it.
        var statement: String
    }

    struct Routine: Sendable, Equatable {
        /// `function`, `procedure` or `aggregate`.
        var kind: String
        /// With its schema and the types of its arguments.
        var name: String
        /// What takes it out of the way.
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

    /// A column, or a materialized view, that has rows of a table as its values.
    struct RowUse: Sendable, Equatable {
        /// With its schema.
        var table: String
        /// The table that has the column, or the materialized view.
        var home: String
        /// As a statement has it; nil of a materialized view.
        var column: String?
        var statement: String
        var restoration: String?
    }

    /// What makes again what a binding's statement drops; nil where nothing is known.
    func restoration(of binding: DatabaseSurvey.Binding) -> Restoration? {
        restorations.first { $0.kind == binding.kind && $0.name == binding.name && $0.home == binding.home }
    }
}

extension ObjectSurvey {
    /// Takes the answer of one of the queries; false where it is none.
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
