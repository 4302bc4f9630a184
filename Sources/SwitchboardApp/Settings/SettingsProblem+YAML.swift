import Yams

extension SettingsProblem {
    /// Why a text is not YAML, in plain words with the line to look at. The parser's own message assumes knowledge of YAML's grammar.
    init(_ error: YamlError) {
        switch error {
        case .scanner(let context, let problem, let mark, _), .parser(let context, let problem, let mark, _),
            .composer(let context, let problem, let mark, _):
            let rule = Self.rules.first { problem.contains($0.problem) }
            // An unclosed construct is reported where it begins: the parser notices it at the end of the text.
            let line = rule?.isAtItsBeginning == true ? context?.mark.line : nil
            self.init(path: "", reason: "is not YAML: \(rule?.words ?? "this line cannot be read")", line: line ?? mark.line)
        case .duplicatedKeysInMapping(let duplicates, let context):
            let second = duplicates.count == 1 ? Self.line(repeating: duplicates[0], behind: context.mark, in: context.text) : nil
            self.init(
                path: duplicates.map { SecretForm.isLikely($0) ? "•••" : $0 }.joined(separator: ", "),
                reason: "is there twice\(second == nil ? "" : ": first in line \(context.mark.line), again here")",
                line: second ?? context.mark.line)
        // The messages of other errors quote the text.
        default:
            self.init(path: "", reason: "is not YAML: it has bytes that are not text")
        }
    }

    /// The line in which the mapping with a key at `mark` has the same key again; nil if the mapping is in braces, where it is not searched.
    private static func line(repeating key: String, behind mark: Mark, in text: String) -> Int? {
        let lines = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
        let indentation = mark.column - 1
        for (index, line) in lines.enumerated().dropFirst(mark.line) {
            let rest = line.drop { $0 == " " }
            if rest.isEmpty || rest.hasPrefix("#") { continue }
            let depth = line.count - rest.count
            if depth < indentation { return nil }
            let spellings = [key, "\"\(key)\"", "'\(key)'"]
            let isSame = spellings.contains { rest.hasPrefix($0) && rest.dropFirst($0.count).drop { $0 == " " }.hasPrefix(":") }
            if depth == indentation, isSame { return index + 1 }
        }
        return nil
    }

    /// The rules by libyaml's messages (scanner.c, parser.c and Yams' Parser.swift; read 2026-11-27).
    private static let rules: [(problem: String, words: String, isAtItsBeginning: Bool)] = [
        ("found unexpected end of stream", "a quote begins here and is not closed", true),
        ("expected ',' or ']'", "a list begins here with [ and is not closed by ], or a comma is missing in it", true),
        ("expected ',' or '}'", "a mapping begins here with { and is not closed by }, or a comma is missing in it", true),
        ("expected node content", "a value is missing, or a [ or { before it is not closed", false),
        (
            "mapping values are not allowed",
            "a colon stands where none may: put a value that has a colon and a space in it in quotes, and see that the indentation is right",
            false
        ),
        (
            "expected key",
            "this line does not continue what is above it: its indentation is wrong, or something stands behind a closing quote or bracket",
            false
        ),
        ("expected '-' indicator", "this line does not continue the list above it: its indentation is wrong", false),
        ("sequence entries are not allowed", "an entry of a list (-) stands where none may: put it on a line of its own", false),
        (
            "cannot start any token",
            "a value or key begins with a tab, @, % or `: indent with spaces, and put a value that begins with such a sign in quotes", false
        ),
        ("could not find expected ':'", "a key has no colon behind it", true),
        ("unknown escape character", "an unknown escape after \\ in double quotes: use single quotes", false),
        ("undefined alias", "a value that begins with * must be in quotes", false),
        ("undefined tag", "a value that begins with ! must be in quotes", false),
        ("expected <document start>", "the settings have ended above this line", false),
        ("found another document", "the settings are more than one document: leave out the line ---", false),
    ]
}
