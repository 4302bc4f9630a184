extension Migration {
    /// The script, with what has to come before it in the same transaction: as psql or a project's SQL editor runs it.
    public var printed: String {
        version == Migration.all.first?.version ? Self.identities + sql.replacing(Self.unusedIndex, with: "") : sql
    }

    /// A later script drops it: without this it would be built at every migration, and nobody could write meanwhile.
    private static let unusedIndex = "create index if not exists sessions_phone_idx on public.sessions (phone);\n"

    /// A number that the database counts (`generated … as identity`) cannot become a uuid or a text, and the script that gives the columns
    /// of a table made by hand their types had landed before that was known. The numbers stay, and are converted with their column.
    private static let identities = """
        -- Columns of a table sessions made by hand that the database counts itself: their type is changed below.
        do $switchboard_identities$
        declare name text;
        begin
          for name in
            select attname from pg_catalog.pg_attribute
            where attrelid = pg_catalog.to_regclass('public.sessions') and attidentity <> '' and not attisdropped
              and attname in (\(sessionColumns))
          loop
            execute pg_catalog.format('alter table public.sessions alter column %I drop identity', name);
          end loop;
        end $switchboard_identities$;

        """

    private static let sessionColumns =
        (SchemaContract.columns["sessions"] ?? [:]).keys.sorted().map { "'\($0)'" }.joined(separator: ", ")
}
