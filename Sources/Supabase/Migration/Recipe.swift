/// An optional script of Config/supabase/recipes; all of them are embedded in the program.
public enum Recipe: String, Sendable, CaseIterable {
    /// Lets signed-in agents read conversations.
    case agents

    /// The script for a project whose tables are in `schema`.
    public func sql(in schema: SchemaName) -> String { schema.text(landed) }

    /// The script as it is in Config, for `public`.
    private var landed: String { EmbeddedScript.text("\(rawValue).sql") }
}
