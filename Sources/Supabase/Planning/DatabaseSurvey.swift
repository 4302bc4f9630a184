import JSON

/// What has to be known of a database before a migration changes anything in it.
struct DatabaseSurvey: Sendable, Equatable {
    /// What `doctor` sees as well; its version is that of the functions that are there.
    var schema = SchemaInspection()
    var name = ""
    var isReadOnly = false
    /// As PostgreSQL names it; nil where it was not told.
    var encoding: String?
    /// What the role that asks can do.
    var createsSchemas = true
    var makesRoles = true
    /// Schemas of the migration's in which it can make nothing.
    var closedSchemas: [String] = []
    var missingRoles: [String] = []
    /// Objects of the migration's that belong to somebody else, by owner.
    var strangers: [String: [String]] = [:]
    /// The schema that was looked at.
    var schemaName = SchemaName.public
    /// Whether it is there.
    var hasSchema = true
    /// Whether the schema of internal functions is there.
    var hasInternals = false
    /// Whatever has a name that the migration wants in the schema.
    var relations: [Relation] = []
    /// Types of such a name.
    var types: [String] = []
    var columns: [Column] = []
    /// Columns of other tables that refer to `sessions.session_id`.
    var references: [Reference] = []
    /// What depends on the columns of `sessions`, and on those that refer to its ids.
    var bindings: [Binding] = []
    var hasPrimaryKey = false
    /// Tables that `supabase_realtime` does not publish, where there is such a publication.
    var unpublished: [String] = []
    /// What is known of the rows of a table `sessions` made by hand; nil where they were not looked at.
    var rows: SessionRows?
    /// What the values in the rows of `sessions` are going to be; nil where they were not looked at.
    var values: SessionValues?
    /// How many values of a column do not fit the type that it gets, by `RetypedColumn.place`.
    var refusedValues: [String: Int] = [:]
    /// What is counted of rows that a lost key or unique index could not have, by its name.
    var keyRows: [String: KeyRows] = [:]
    /// How many rows have a value that a lost foreign key would refuse, by `TableScript.Reference.place`.
    var orphans: [String: Int] = [:]
    /// Rights, and the objects around the tables.
    var objects = ObjectSurvey()
    /// Scripts that the list of the Supabase CLI does not have yet, where there is one that this role writes.
    var unrecorded: [String] = []

    struct Relation: Sendable, Equatable {
        var name: String
        /// As `pg_class.relkind`: `r` is a table, `p` one with partitions, `v` a view, `i` an index.
        var kind: String
        /// Of an index.
        var table: String?
        /// Whether it is a view of `message_statuses`.
        var showsStatuses = false
    }

    struct Column: Sendable, Equatable {
        var table: String
        var name: String
        /// The name as a statement has it.
        var quoted: String
        var type: String
        /// With its length: `character varying(20)`.
        var fullType: String
        /// As `pg_type.typcategory`: `S` is a text, `D` a time, `N` a number.
        var category: String
        var isNotNull = false
        var isIdentity = false
        var isGenerated = false
        var isInPrimaryKey = false
        var preset: String?
        /// Whether the default is a constant.
        var isPresetConstant = false
        /// Whether PostgreSQL has a cast to the contract's type.
        var isCastable = false
    }

    struct Reference: Sendable, Equatable {
        /// With its schema.
        var table: String
        var column: String
        var type: String
    }

    struct Binding: Sendable, Equatable {
        /// The column's table, with its schema.
        var table: String
        var column: String
        /// `view`, `policy`, `foreign key` and so on, as a sentence has it.
        var kind: String
        var name: String
        /// The table that has it, or that it is.
        var home: String?
        /// Of a foreign key.
        var target: String?
        /// What removes it.
        var statement: String
        /// Whether it is an index that PostgreSQL cannot build again over the type that the column gets, whatever its expressions are.
        var isRefused = false
    }
}

extension DatabaseSurvey {
    /// Reads the answer of `SurveyQuery` for a schema; nil where it is none.
    init?(_ bytes: [UInt8], of name: SchemaName) {
        guard let json = try? JSON(parsing: bytes), let schema = json["schema"].text.flatMap({ SchemaInspection(Array($0.utf8)) }) else {
            return nil
        }
        self.schema = schema
        self.schema.version = json["functions"].int.map { Int($0) }
        schemaName = name
        self.name = json["database"].string ?? ""
        isReadOnly = json["read_only"].bool ?? false
        encoding = json["encoding"].string
        createsSchemas = json["creates_schemas"].bool ?? false
        makesRoles = json["makes_roles"].bool ?? false
        closedSchemas = json["closed_schemas"].elements.compactMap(\.string)
        missingRoles = json["missing_roles"].elements.compactMap(\.string)
        strangers = Dictionary(grouping: json["strangers"].elements) { $0["owner"].string ?? "" }.mapValues {
            $0.compactMap { $0["object"].string }
        }
        hasSchema = json["has_schema"].bool ?? false
        hasInternals = json["has_internals"].bool ?? false
        relations = json["relations"].elements.map(Relation.init)
        types = json["types"].elements.compactMap(\.string)
        columns = json["columns"].elements.map(Column.init)
        references = json["references"].elements.map(Reference.init)
        bindings = json["bindings"].elements.map(Binding.init)
        hasPrimaryKey = json["has_key"].bool ?? false
        unpublished = json["unpublished"].elements.compactMap(\.string)
    }

    /// The columns of a table of the contract's, by name; empty where there is no such table.
    func columns(of table: String) -> [String: Column] {
        Dictionary(columns.filter { $0.table == table }.map { ($0.name, $0) }) { first, _ in first }
    }

    /// What depends on a column, by the table's name with its schema.
    func bindings(of column: String, in table: String) -> [Binding] { bindings.filter { $0.table == table && $0.column == column } }
}

extension DatabaseSurvey.Relation {
    fileprivate init(_ json: JSON) {
        self.init(
            name: json["name"].string ?? "", kind: json["kind"].string ?? "", table: json["table"].string,
            showsStatuses: json["shows_statuses"].bool ?? false)
    }

    var isTable: Bool { kind == "r" || kind == "p" }
}

extension DatabaseSurvey.Column {
    fileprivate init(_ json: JSON) {
        self.init(
            table: json["table"].string ?? "", name: json["column"].string ?? "", quoted: json["quoted"].string ?? "",
            type: (json["type"].string ?? "").withoutNeedlessQuotes, fullType: json["full_type"].string ?? "",
            category: json["category"].string ?? "",
            isNotNull: json["not_null"].bool ?? false, isIdentity: json["identity"].bool ?? false,
            isGenerated: json["generated"].bool ?? false, isInPrimaryKey: json["in_key"].bool ?? false, preset: json["default"].string,
            isPresetConstant: json["constant"].bool ?? false, isCastable: json["castable"].bool ?? false)
    }
}

extension DatabaseSurvey.Reference {
    fileprivate init(_ json: JSON) {
        self.init(
            table: json["table"].string ?? "", column: json["column"].string ?? "", type: (json["type"].string ?? "").withoutNeedlessQuotes)
    }
}

extension DatabaseSurvey.Binding {
    fileprivate init(_ json: JSON) {
        self.init(
            table: json["table"].string ?? "", column: json["column"].string ?? "", kind: json["kind"].string ?? "",
            name: json["name"].string ?? "", home: json["home"].string, target: json["target"].string,
            statement: json["statement"].string ?? "", isRefused: json["refused"].bool ?? false)
    }
}
