/// A column that gets another type, and the question which of its values have no place there.
///
/// PostgreSQL converts a column as a whole or not at all: one text that is no time, or one number that is too large, and nothing is migrated.
struct RetypedColumn: Sendable, Equatable {
    /// With its schema.
    let table: String
    /// As a statement has it.
    let name: String
    /// The type that it gets.
    let type: String
    /// The type that it has.
    private let found: String
    /// SQL of a value in the type that it gets.
    private let value: String
    /// SQL, in the type that the column has, of what stands in for a value that does not fit; nil where nothing could.
    private let replacement: String?
    /// Whether the column's own type has a length, which the replacement may exceed.
    private let isShort: Bool

    /// Nil where every value has its place in the new type: as a text, as an id, or as a time that is one already. `table` has its schema.
    init?(_ column: DatabaseSurvey.Column, as type: String, in table: String) {
        guard column.type != type, !["text", "uuid"].contains(type), !(type == Self.time && column.type.hasPrefix("timestamp")) else {
            return nil
        }
        self.table = table
        name = column.quoted
        self.type = type
        found = column.type
        value = ColumnConversion.value(of: column, as: type)
        isShort = type == "jsonb" && column.category == "S" && column.fullType.contains("(")
        replacement =
            switch type {
            case "jsonb" where column.type == "json": "json_build_object('value', \(column.quoted)::text)"
            case "jsonb": "json_build_object('value', \(column.quoted)::text)::text"
            case Self.time where column.isNotNull: column.isNumber ? "0" : "'epoch'"
            default: column.isNotNull ? nil : "null"
            }
    }

    /// Which it is, among all of a database.
    var place: String { "\(table).\(name)" }

    private static let time = "timestamp with time zone"

    /// SQL that tells whether a value has its place. A time has to be one that every program can read.
    private var fits: String { type == Self.time ? "(\(value)) \(UnusableSessions.isReadable)" : "(\(value)) is not null" }

    /// A script that changes nothing, and whose last statement answers how many values do not fit. All are tried at once, and one by one where
    /// PostgreSQL refuses one.
    var question: String {
        """
        do $switchboard$
        declare
          switchboard_row tid;
          refused bigint := 0;
        begin
          begin
            select count(*) into refused from \(table) t where t.\(name) is not null and (\(fits)) is not true;
          exception when \(Self.refusal) then
            refused := 0;
            \(loop(doing: "refused := refused + 1;"))
          end;
          perform pg_catalog.set_config('switchboard.refused', refused::text, true);
        end $switchboard$;
        select pg_catalog.current_setting('switchboard.refused');
        """
    }

    /// The statement after which all values fit; nil where nothing could stand in for those that do not.
    var correction: String? {
        replacement.map { replacement in
            let update = "update \(table) set \(name) = \(replacement) where ctid = switchboard_row;"
            let widened = isShort ? "alter table \(table) alter column \(name) type text; " : ""
            return "\(widened)do $switchboard$ declare switchboard_row tid; begin \(loop(doing: update)) end $switchboard$;"
        }
    }

    /// Does something with each row whose value does not fit.
    private func loop(doing statement: String) -> String {
        "for switchboard_row in select ctid from \(table) where \(name) is not null loop "
            + "begin if (select (\(fits)) is not true from \(table) where ctid = switchboard_row) then raise data_exception; end if; "
            + "exception when \(Self.refusal) then \(statement) end; end loop;"
    }

    /// What PostgreSQL says of a value that it does not convert: it is wrong, or has too many levels.
    private static let refusal = "data_exception or program_limit_exceeded"

    /// Shows the rows whose values do not fit, and is run as it is: a value is tried by a function that ends with the connection.
    private var search: String {
        let function = "pg_temp.fits_\(name)"
        return "create or replace function \(function)(\(name) \(found)) returns boolean language plpgsql as $$ begin "
            + "return (\(fits)) is true; exception when \(Self.refusal) then return false; end $$; "
            + "select * from \(table) where \(name) is not null and not \(function)(\(name));"
    }

    /// What is said of so many values.
    func message(of count: Int) -> String {
        let place = type == Self.time ? "a time of the years 1 to 9999" : type
        return "\(count) row\(count == 1 ? " has" : "s have") a value that cannot become \(place)"
    }

    /// What is said of the statement.
    var advice: String {
        guard let replacement else { return "correct them, or delete their rows: \(search)" }
        let said = type == "jsonb" ? #"{"value": …}"# : replacement
        return "correct them: \(search) The statement has \(said) in their place"
    }
}

/// How the values of a column become another type: as the first script does it, where that can, and else as a plan's statement does.
enum ColumnConversion {
    /// SQL for the value of a column.
    static func value(of column: DatabaseSurvey.Column, as type: String) -> String {
        type == "timestamp with time zone" && column.isNumber
            ? time(ofNumber: column.quoted) : value(of: column.quoted, from: column.type, as: type)
    }

    /// The same by the column's name, as a statement has it, and its type.
    static func value(of name: String, from found: String, as type: String) -> String {
        switch (found, type) {
        case ("bigint", "timestamp with time zone"), ("integer", "timestamp with time zone"), ("numeric", "timestamp with time zone"),
            ("double precision", "timestamp with time zone"):
            time(ofNumber: name)
        case ("timestamp without time zone", "timestamp with time zone"): "\(name) at time zone 'UTC'"
        case ("uuid", "uuid"): name
        // As the first script makes the ids of `sessions`: one that is no uuid gets one made of it, the same each time.
        case (_, "uuid"):
            "case when \(name)::text ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' then \(name)::text::uuid "
                + "when \(name) is not null then md5(\(name)::text)::uuid end"
        case (_, "text"): "\(name)::text"
        case ("text", "jsonb"), ("character varying", "jsonb"):
            "case when btrim(\(name)) = '' then '{}'::jsonb else \(name)::jsonb end"
        default: "\(name)::text::\(type)"
        }
    }

    /// A number of seconds, or of milliseconds, which is a year after 5000 as seconds: of each value as it looks.
    private static func time(ofNumber name: String) -> String {
        "to_timestamp(case when abs(\(name)) < 100000000000 then \(name) else \(name) / 1000.0 end)"
    }
}

extension DatabaseSurvey.Column {
    /// Whether it can count seconds, or milliseconds, where it is to be a time.
    var isNumber: Bool { category == "N" && type != "money" && type != "oid" && !type.hasPrefix("reg") }
}

extension DatabaseSurvey {
    /// The columns of Switchboard's tables whose values a migration, or a statement of its plan, converts.
    var retyped: [RetypedColumn] {
        let ours = SchemaContract.columns.keys.filter { TablePlan(self, $0).isUsable || TablePlan(self, $0).isDamaged }
        return columns.filter { ours.contains($0.table) }.compactMap { retyped($0) }
    }

    /// Nil where every value of the column stays, or has its place in the type that it gets.
    func retyped(_ column: Column) -> RetypedColumn? {
        SchemaContract.columns[column.table]?[column.name].flatMap {
            RetypedColumn(column, as: $0, in: "\(schemaName).\(column.table)")
        }
    }

    /// How many values of a column do not fit the type that it gets.
    func refused(_ column: Column) -> Int { retyped(column).flatMap { refusedValues[$0.place] } ?? 0 }
}
