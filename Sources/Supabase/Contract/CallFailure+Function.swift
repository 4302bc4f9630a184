extension CallFailure {
    /// The innermost running function of the project's own, `public.log_session()`; nil if there was none, or none is reported.
    var foreignFunction: String? {
        functions.first { name in
            let name = name.without(schema)
            return !name.hasPrefix("\(schema.internalName).") && !name.hasPrefix("switchboard_")
        }
    }

    /// What to do about a function of the project's own that is defective, lacks a permission, or does not find a table, function or
    /// column; nil for any other failure.
    var adviceOnFunction: String? {
        guard code.hasPrefix("42") else { return nil }
        // A missing operator means that two types do not match.
        guard ["42P01", "42883", "42703"].contains(code), !message.hasPrefix("operator does not exist") else {
            return foreignFunction.map(adviceOnWrong)
        }
        // A name that a function of the project's own does not find may be built from a row.
        let missing = functions.isEmpty ? foreignName : nil
        // PostgREST does not report the function; only that nothing of Switchboard's has the missing name.
        guard foreignFunction != nil || status != nil && missing != nil else { return nil }
        let function = foreignFunction ?? "NAME()"
        let subject = foreignFunction.map { "the function \($0)" } ?? "a function that a trigger on Switchboard's tables runs"
        let object =
            missing.map { shows($0) ? " does not find \($0)" : " does not find a name in it, which the database's log shows" } ?? " fails"
        let place = "SCHEMA is the one that has \(missing.flatMap { shows($0) ? $0 : nil } ?? "what it does not find")"
        let correction =
            code == "42703"
            ? "correct it, or drop its trigger"
            : "if it uses names without their schema: alter function \(function) set search_path = public, SCHEMA; (\(place))"
        return "\(subject) is the project's own and\(object): \(correction)"
    }

    private func adviceOnWrong(_ function: String) -> String {
        let subject = "the function \(function) is the project's own and fails"
        return code == "42501"
            ? "\(subject): grant service_role access to what it uses, make it security definer, or drop or disable its trigger"
            : "\(subject): adapt it to the present types of the columns (session ids are uuid), or drop or disable its trigger"
    }

    /// What to do about a publication that prevents updates of one of Switchboard's tables; nil for any other failure. PostgreSQL also uses
    /// 42P10 if `on conflict` finds no unique index, which a migration creates.
    var adviceOnPublication: String? {
        guard ["42P10", "55000"].contains(code),
            let match = message.firstMatch(of: #/^cannot (?:update|delete from) table "([^"]+)"/#),
            SchemaContract.columns[String(match.output.1)] != nil
        else { return nil }
        let table = "\(schema).\(match.output.1)"
        guard code == "42P10" else { return "give \(table) a replica identity: alter table \(table) replica identity full;" }
        let said = shown(details).map { " (\($0))" } ?? ""
        return "add the columns of its key to the publication of \(table)\(said): alter publication NAME drop table \(table); "
            + "alter publication NAME add table \(table); publishes all columns"
    }

    /// The missing relation, function or column, if nothing of Switchboard's has this name.
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
