import Foundation

/// A source of captures, recognized by its name, or else by its first bytes.
public enum CaptureSource: Sendable, Equatable {
    /// A journal's file.
    case journal(path: String)
    /// `.http` files with one capture each.
    case files([String])
    /// JSON Lines.
    case lines(path: String)
    /// A HAR file.
    case har(path: String)
    /// A pipe, as `<(…)` creates it: JSON Lines, HAR or one `.http` file.
    case pipe(path: String)
    /// Standard input, with the same formats as a pipe.
    case standardInput

    /// The sources that users name, in order: `journal` is the settings' journal, `-` standard input, a folder all files of captures in it,
    /// in name order. A name that is not a file or folder, or a folder without captures, becomes a problem of the replay at its place in
    /// the order. If it is the only name and `throwsOfOne` is true, the error is thrown.
    public static func find(
        _ names: [String], journal: String?, throwsOfOne: Bool = true
    ) throws(CaptureFileError) -> [CaptureSource] {
        var sources: [CaptureSource] = []
        for name in names {
            switch name {
            case "journal" where journal != nil: sources.append(.journal(path: journal ?? ""))
            case "-": sources.append(.standardInput)
            default: sources += try found(name, isThrown: throwsOfOne && names.count == 1)
            }
        }
        return merged(sources)
    }

    private static func found(_ name: String, isThrown: Bool) throws(CaptureFileError) -> [CaptureSource] {
        do throws(CaptureFileError) {
            var sources: [CaptureSource] = []
            for path in try CaptureFiles.find(in: [name]) { sources.append(try source(at: path)) }
            return sources
        } catch {
            guard !isThrown else { throw error }
            // Reading it repeats the error at its place in the order.
            return [.files([name])]
        }
    }

    /// The name by which a resumed replay recognizes the same source.
    public var name: String {
        switch self {
        case .journal(let path), .lines(let path), .har(let path), .pipe(let path): path
        case .files(let paths): "\(paths.count) files from \(paths.first ?? "none")"
        case .standardInput: "-"
        }
    }

    /// Whether the source applies the filter itself, instead of being read from beginning to end.
    var isAsked: Bool { if case .journal = self { true } else { false } }

    /// The kind of a file that begins with `bytes`.
    static func recognise(_ bytes: [UInt8], path: String) -> CaptureSource {
        if bytes.starts(with: Array("SQLite format 3\0".utf8)) { return .journal(path: path) }
        let isSpace = { (byte: UInt8) in [0x20, 0x09, 0x0A, 0x0D, 0xEF, 0xBB, 0xBF].contains(byte) }
        let text = bytes.drop(while: isSpace)
        guard text.first == UInt8(ascii: "{") else { return .files([path]) }
        return text.dropFirst().drop(while: isSpace).starts(with: Array(#""log""#.utf8)) ? .har(path: path) : .lines(path: path)
    }

    private static func source(at path: String) throws(CaptureFileError) -> CaptureSource {
        switch path.split(separator: ".").last?.lowercased() {
        case "http": return .files([path])
        case "jsonl", "ndjson": return .lines(path: path)
        case "har": return .har(path: path)
        // A pipe cannot be examined first, since the bytes would be lost.
        case _ where CaptureFiles.isPipe(path): return .pipe(path: path)
        default:
            guard let file = FileHandle(forReadingAtPath: path) else { throw CaptureFileError(path: path, reason: "cannot be read") }
            defer { try? file.close() }
            return recognise([UInt8]((try? file.read(upToCount: 4096)) ?? Data()), path: path)
        }
    }

    /// Merges adjacent `.http` files into one source.
    private static func merged(_ sources: [CaptureSource]) -> [CaptureSource] {
        sources.reduce(into: []) { merged, source in
            if case .files(let more) = source, case .files(let paths) = merged.last {
                merged[merged.count - 1] = .files(paths + more)
            } else {
                merged.append(source)
            }
        }
    }
}
