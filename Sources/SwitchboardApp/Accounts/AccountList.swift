/// The list `accounts` in the text of a settings file, and how it is written there.
struct AccountList {
    /// How the list is written. Lines are counted from 1.
    enum Form: Equatable {
        /// The key is missing.
        case none
        /// One element after the other, below the key.
        case block(line: Int)
        /// `accounts: []`.
        case empty(line: Int)
        /// `accounts: [{ … }]`, or another form in the line of the key.
        case other(line: Int)
    }

    let form: Form
    /// Without their line feeds; a carriage return stays at the end of its line.
    private let lines: [String]
    /// What ends a new line, before the line feed.
    private let lineEnd: String

    init(of yaml: String) {
        lines = yaml.unicodeScalars.split(separator: "\n", omittingEmptySubsequences: false).map { String(Substring($0)) }
        lineEnd = lines.first?.hasSuffix("\r") == true ? "\r" : ""
        guard let start = lines.firstIndex(where: { $0.hasPrefix("accounts:") }) else {
            form = .none
            return
        }
        let value = lines[start].dropFirst(Self.key.count).drop { $0.isWhitespace }
        if value.isEmpty || value.hasPrefix("#") {
            form = .block(line: start + 1)
        } else {
            let rest = value.prefixMatch(of: Self.brackets).map { value[$0.range.upperBound...].drop { $0.isWhitespace } }
            form = rest.map { $0.isEmpty || $0.hasPrefix("#") } == true ? .empty(line: start + 1) : .other(line: start + 1)
        }
    }

    /// The text with an account as the last element. Line ends of the file stay, and the new lines end as its first one does. Throws if the
    /// form is `other`.
    func appending(_ account: AccountAddition) throws(SettingsError) -> String {
        var lines = lines
        switch form {
        case .other: throw AccountAddition.uneditable
        case .none:
            while lines.last?.allSatisfy(\.isWhitespace) == true { lines.removeLast() }
            if let last = lines.last, !last.hasSuffix(lineEnd) { lines[lines.count - 1] = last + lineEnd }
            lines += ([Self.key] + account.settingsLines.map { "  \($0)" }).map { $0 + lineEnd } + [""]
        case .empty(let line), .block(let line):
            let start = line - 1
            if case .empty = form, let bracket = lines[start].firstRange(of: Self.brackets) {
                lines[start] = Self.key + lines[start][bracket.upperBound...]
            }
            let end = end(ofListAt: start)
            let dash = lines[(start + 1)..<end].first { line in line.drop { $0 == " " }.hasPrefix("- ") }
            let indentation = dash.map { String($0.prefix { $0 == " " }) } ?? "  "
            // The last line of a file may have no end.
            if !lines[end - 1].hasSuffix(lineEnd) { lines[end - 1] += lineEnd }
            lines.insert(contentsOf: account.settingsLines.map { indentation + $0 + lineEnd }, at: end)
            if end == self.lines.count { lines.append("") }
        }
        return lines.joined(separator: "\n")
    }

    /// What a person does with the account's lines.
    func instruction(for account: AccountAddition, file: String) -> [String] {
        let block = account.settingsLines.map { "  \($0)" }
        return switch form {
        case .none: ["Add to \(file):", "", Self.key] + block
        case .empty(let line): ["In \(file), replace line \(line), which says that there are no accounts, by:", "", Self.key] + block
        case .block(let line): ["Add at the end of the list `accounts` of \(file), which begins in line \(line):", ""] + block
        case .other(let line):
            [
                "Add to the list `accounts` of \(file) (line \(line)); in brackets, with a comma between accounts:", "",
                "  \(account.settingsLine)",
            ]
        }
    }

    /// The index behind the last line of the list: what is indented or begins with a dash, with the comments inside it.
    private func end(ofListAt start: Int) -> Int {
        var end = start + 1
        for index in (start + 1)..<max(start + 1, lines.count) {
            let line = lines[index]
            if line.allSatisfy(\.isWhitespace) || line.hasPrefix("#") { continue }
            guard line.hasPrefix(" ") || line.hasPrefix("- ") else { break }
            end = index + 1
        }
        return end
    }

    private static let key = "accounts:"
    /// An empty list. Its regular expression is not kept, since it is not Sendable.
    private static var brackets: Regex<Substring> { /\[\s*\]/ }
}
