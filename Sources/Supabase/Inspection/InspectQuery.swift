/// The query of `switchboard_inspect`, out of the last script that makes the function: it is asked by itself where the function is not there.
enum InspectQuery {
    private static let landed = query(in: Migration.all.map(\.sql).joined())

    /// For a schema, which need not be there.
    static func sql(in schema: SchemaName) -> String {
        schema.text(landed).replacing("'\(schema)'::regnamespace", with: "to_regnamespace('\(schema)')")
    }

    /// What is between the function's dollars; empty where there is no such function.
    static func query(in script: String) -> String {
        guard let head = script.ranges(of: "function public.switchboard_inspect(").last,
            let start = script[head.upperBound...].firstRange(of: "$$"), let end = script[start.upperBound...].firstRange(of: "$$")
        else { return "" }
        return String(script[start.upperBound..<end.lowerBound])
    }
}
