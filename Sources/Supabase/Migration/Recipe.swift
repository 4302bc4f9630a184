/// A script of Config/supabase/recipes, for who wants what it does; all of them are in the program.
public enum Recipe: String, Sendable, CaseIterable {
    /// Lets signed-in agents read conversations.
    case agents

    /// The script for a project whose tables are in `schema`.
    public func sql(in schema: SchemaName) -> String { schema.text(landed) }

    /// As it is in Config, for `public`.
    private var landed: String { EmbeddedScript.text("\(rawValue).sql") }
}
