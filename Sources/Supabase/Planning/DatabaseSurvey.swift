import JSON

/// What has to be known about a database before a migration changes it.
struct DatabaseSurvey: Sendable, Equatable {
    /// The part that `doctor` reads as well; its version is that of the installed functions.
    var schema = SchemaInspection()
    var name = ""
    var isReadOnly = false
    /// PostgreSQL's name of the encoding; nil if it was not reported.
    var encoding: String?
    /// Whether the role may create schemas, and roles.
    var createsSchemas = true
    var makesRoles = true
    /// Schemas of the migration in which the role may not create objects.
    var closedSchemas: [String] = []
    var missingRoles: [String] = []
    /// Objects of the migration that other roles own, by owner.
    var strangers: [String: [String]] = [:]
    /// The schema that was examined.
    var schemaName = SchemaName.public
    /// Whether that schema exists.
    var hasSchema = true
    /// Whether the schema of internal functions exists.
    var hasInternals = false
    /// Everything in the schema with a name that the migration uses.
    var relations: [Relation] = []
    /// Types with such a name.
    var types: [String] = []
    var columns: [Column] = []
    /// Columns of other tables that refer to `sessions.session_id`.
    var references: [Reference] = []
    /// Objects that depend on the columns of `sessions`, and on columns that refer to its ids.
    var bindings: [Binding] = []
    var hasPrimaryKey = false
    /// Tables that `supabase_realtime` does not publish, if that publication exists.
    var unpublished: [String] = []
    /// The counts of rows in a table `sessions` made by hand; nil if they were not read.
    var rows: SessionRows?
    /// How the values of `sessions` will be converted; nil if they were not read.
    var values: SessionValues?
    /// The number of values of a column that cannot become its new type, by `RetypedColumn.place`.
    var refusedValues: [String: Int] = [:]
    /// The counts of rows that violate a lost key or unique index, by its name.
    var keyRows: [String: KeyRows] = [:]
    /// The number of rows that violate a lost foreign key, by `TableScript.Reference.place`.
    var orphans: [String: Int] = [:]
    /// Privileges, and the objects around the tables.
    var objects = ObjectSurvey()
    /// Scripts that the Supabase CLI's list does not have yet, if this role may write to such a list.
    var unrecorded: [String] = []

    struct Relation: Sendable, Equatable {
        var name: String
        /// As in `pg_class.relkind`: `r` is a table, `p` one with partitions, `v` a view, `i` an index.
        var kind: String
        /// The table of an index.
        var table: String?
        /// Whether it is a view that reads `message_statuses`.
        var showsStatuses = false
    }

    struct Column: Sendable, Equatable {
        var table: String
        var name: String
        /// The name as used in a statement.
        var quoted: String
        var type: String
        /// The type with its length: `character varying(20)`.
        var fullType: String
        /// As in `pg_type.typcategory`: `S` is a text, `D` a time, `N` a number.
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
        /// The table's name with its schema.
        var table: String
        var column: String
        var type: String
    }

    struct Binding: Sendable, Equatable {
        /// The column's table, with its schema.
        var table: String
        var column: String
        /// `view`, `policy`, `foreign key` and so on, as used in a sentence.
        var kind: String
        var name: String
        /// The table to which the object belongs, or the object itself.
        var home: String?
        /// The referenced table of a foreign key.
        var target: String?
        /// The statement that drops it.
        var statement: String
        /// Whether it is an index that PostgreSQL cannot rebuild for the column's new type, whatever its expressions.
        var isRefused = false
    }
}

extension DatabaseSurvey {
    /// Reads the answer of `SurveyQuery` for a schema; nil if it is none.
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

    /// The columns of one of the contract's tables, by name; empty if the table does not exist.
    func columns(of table: String) -> [String: Column] {
        Dictionary(columns.filter { $0.table == table }.map { ($0.name, $0) }) { first, _ in first }
    }

    /// The objects that depend on a column; `table` has its schema.
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
