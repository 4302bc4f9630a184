/// A column whose type changes, and the query of its values that cannot be converted.
///
/// PostgreSQL converts all values of a column or none: one text that is no time, or one too large number, makes a migration fail.
struct RetypedColumn: Sendable, Equatable {
    /// The table's name with its schema.
    let table: String
    /// The name as used in a statement.
    let name: String
    /// The new type.
    let type: String
    /// The present type.
    private let found: String
    /// SQL of a value converted to the new type.
    private let value: String
    /// SQL, in the present type, of the replacement for a value that cannot be converted; nil if there is none.
    private let replacement: String?
    /// Whether the present type limits the length, which the replacement may exceed.
    private let isShort: Bool

    /// Nil if every value can be converted: to a text, to an id, or from one type of time to another. `table` has its schema.
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

    /// Identifies the column in the database.
    var place: String { "\(table).\(name)" }

    private static let time = "timestamp with time zone"

    /// SQL that decides whether a value can be converted. A time must be readable by every program.
    private var fits: String { type == Self.time ? "(\(value)) \(UnusableSessions.isReadable)" : "(\(value)) is not null" }

    /// A script that changes nothing, and whose last statement counts the values that cannot be converted. All are tried at once, and one
    /// by one if PostgreSQL refuses one.
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

    /// The statement after which all values can be converted; nil if there is no replacement.
    var correction: String? {
        replacement.map { replacement in
            let update = "update \(table) set \(name) = \(replacement) where ctid = switchboard_row;"
            let widened = isShort ? "alter table \(table) alter column \(name) type text; " : ""
            return "\(widened)do $switchboard$ declare switchboard_row tid; begin \(loop(doing: update)) end $switchboard$;"
        }
    }

    /// Runs a statement for each row whose value cannot be converted.
    private func loop(doing statement: String) -> String {
        "for switchboard_row in select ctid from \(table) where \(name) is not null loop "
            + "begin if (select (\(fits)) is not true from \(table) where ctid = switchboard_row) then raise data_exception; end if; "
            + "exception when \(Self.refusal) then \(statement) end; end loop;"
    }

    /// PostgreSQL's errors for a value that it cannot convert: it is invalid, or nested too deeply.
    private static let refusal = "data_exception or program_limit_exceeded"

    /// SQL that shows the rows whose values cannot be converted, to be run as it is; its function exists only in the connection.
    private var search: String {
        let function = "pg_temp.fits_\(name)"
        return "create or replace function \(function)(\(name) \(found)) returns boolean language plpgsql as $$ begin "
            + "return (\(fits)) is true; exception when \(Self.refusal) then return false; end $$; "
            + "select * from \(table) where \(name) is not null and not \(function)(\(name));"
    }

    /// The message about this many values.
    func message(of count: Int) -> String {
        let place = type == Self.time ? "a time of the years 1 to 9999" : type
        return "\(count) row\(count == 1 ? " has" : "s have") a value that cannot become \(place)"
    }

    /// The advice for using the statement.
    var advice: String {
        guard let replacement else { return "correct them, or delete their rows: \(search)" }
        let said = type == "jsonb" ? #"{"value": …}"# : replacement
        return "correct them; this shows them: \(search) The statement replaces them by \(said)"
    }
}

/// How a column's values are converted: as in the first script, or else as in a statement of the plan.
enum ColumnConversion {
    /// SQL of a column's converted value.
    static func value(of column: DatabaseSurvey.Column, as type: String) -> String {
        type == "timestamp with time zone" && column.isNumber
            ? time(ofNumber: column.quoted) : value(of: column.quoted, from: column.type, as: type)
    }

    /// The same for a column's name, as used in a statement, and its type.
    static func value(of name: String, from found: String, as type: String) -> String {
        switch (found, type) {
        case ("bigint", "timestamp with time zone"), ("integer", "timestamp with time zone"), ("numeric", "timestamp with time zone"),
            ("double precision", "timestamp with time zone"):
            time(ofNumber: name)
        case ("timestamp without time zone", "timestamp with time zone"): "\(name) at time zone 'UTC'"
        case ("uuid", "uuid"): name
        // As in the first script for ids of `sessions`: an id that is not a uuid is converted to one derived from it, always the same.
        case (_, "uuid"):
            "case when \(name)::text ~ '^[0-9a-fA-F]{8}-([0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}$' then \(name)::text::uuid "
                + "when \(name) is not null then md5(\(name)::text)::uuid end"
        case (_, "text"): "\(name)::text"
        case ("text", "jsonb"), ("character varying", "jsonb"):
            "case when btrim(\(name)) = '' then '{}'::jsonb else \(name)::jsonb end"
        default: "\(name)::text::\(type)"
        }
    }

    /// A number of seconds or milliseconds, decided per value: read as seconds, milliseconds would be after the year 5000.
    private static func time(ofNumber name: String) -> String {
        "to_timestamp(case when abs(\(name)) < 100000000000 then \(name) else \(name) / 1000.0 end)"
    }
}

extension DatabaseSurvey.Column {
    /// Whether the column may contain seconds or milliseconds if it becomes a time.
    var isNumber: Bool { category == "N" && type != "money" && type != "oid" && !type.hasPrefix("reg") }
}

extension DatabaseSurvey {
    /// The columns of Switchboard's tables whose values a migration, or a statement of its plan, converts.
    var retyped: [RetypedColumn] {
        let ours = SchemaContract.columns.keys.filter { TablePlan(self, $0).isUsable || TablePlan(self, $0).isDamaged }
        return columns.filter { ours.contains($0.table) }.compactMap { retyped($0) }
    }

    /// Nil if every value of the column stays or can be converted.
    func retyped(_ column: Column) -> RetypedColumn? {
        SchemaContract.columns[column.table]?[column.name].flatMap {
            RetypedColumn(column, as: $0, in: "\(schemaName).\(column.table)")
        }
    }

    /// The number of a column's values that cannot be converted.
    func refused(_ column: Column) -> Int { retyped(column).flatMap { refusedValues[$0.place] } ?? 0 }
}
