extension CallFailure {
    /// The innermost function of the project's own that was running, `public.log_session()`; nil where none was, or the way does not tell.
    var foreignFunction: String? {
        functions.first { name in
            let name = name.without(schema)
            return !name.hasPrefix("\(schema.internalName).") && !name.hasPrefix("switchboard_")
        }
    }

    /// What to do about a function of the project's own that does not find a table, a function or a column; nil where it is no such
    /// failure.
    var adviceOnFunction: String? {
        guard ["42P01", "42883", "42703"].contains(code) else { return nil }
        // What a function of the project's own does not find may be made of a row.
        let missing = functions.isEmpty ? foreignName.flatMap { shownMessage.contains($0) ? $0 : nil } : nil
        // By REST nobody tells which function it was: only that nothing of Switchboard's has this name.
        guard foreignFunction != nil || status != nil && missing != nil else { return nil }
        let function = foreignFunction ?? "NAME()"
        let subject = foreignFunction.map { "the function \($0)" } ?? "a function that a trigger on Switchboard's tables runs"
        let object = missing.map { " does not find \($0)" } ?? " fails"
        let correction =
            code == "42703"
            ? "correct it, or drop its trigger"
            : "where it names things without their schema: alter function \(function) set search_path = public;"
        return "\(subject) is the project's own and\(object): \(correction)"
    }

    /// The relation, function or column that is not there, where nothing of Switchboard's is called so.
    private var foreignName: String? {
        switch code {
        case "42P01":
            guard let name = message.firstMatch(of: #/^relation "([^"]+)" does not exist/#).map({ String($0.output.1) }) else { return nil }
            let bare = name.without(schema)
            let ours = SchemaContract.columns[bare] != nil || bare == SchemaContract.statusView
            return ours || name.hasPrefix("\(schema.internalName).") ? nil : name
        case "42883":
            guard let name = message.firstMatch(of: #/^function ([^(]+)\(/#).map({ String($0.output.1) }) else { return nil }
            return name.without(schema).hasPrefix("switchboard") || name.hasPrefix("\(schema.internalName).") ? nil : name
        default:
            let field = message.firstMatch(of: #/^record "(?:new|old)" has no field "([^"]+)"/#)
            guard let name = (field ?? message.firstMatch(of: #/^column "([^"]+)"/#)).map({ String($0.output.1) }) else { return nil }
            return SchemaContract.columns.values.contains { $0[name] != nil } ? nil : name
        }
    }
}
