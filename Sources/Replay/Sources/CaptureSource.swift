import Foundation

/// What captures are read from, recognised by its name or else by how it begins.
public enum CaptureSource: Sendable, Equatable {
    /// A journal's file.
    case journal(path: String)
    /// `.http` files, each one capture.
    case files([String])
    /// JSON Lines.
    case lines(path: String)
    /// A HAR file.
    case har(path: String)
    /// A pipe, as `<(…)` makes one: JSON Lines, HAR or one `.http` file.
    case pipe(path: String)
    /// Standard input, which may be the same.
    case standardInput

    /// The sources that people name, in their order: `journal` is that of the settings, `-` standard input, a folder every file of captures in
    /// it, in name order. A name that is no file and no folder, or a folder without captures, is a problem of the replay, in its place among the
    /// others; where it is the only name, and `throwsOfOne` says so, it is thrown.
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
            // Reading it says again what is wrong with it, and where it stands among the others.
            return [.files([name])]
        }
    }

    /// What a resumed replay compares: whether it is the same source.
    public var name: String {
        switch self {
        case .journal(let path), .lines(let path), .har(let path), .pipe(let path): path
        case .files(let paths): "\(paths.count) files from \(paths.first ?? "none")"
        case .standardInput: "-"
        }
    }

    /// Whether it is asked for what a filter names, rather than read from end to end.
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
        // What a look at its beginning takes out of it is gone.
        case _ where CaptureFiles.isPipe(path): return .pipe(path: path)
        default:
            guard let file = FileHandle(forReadingAtPath: path) else { throw CaptureFileError(path: path, reason: "cannot be read") }
            defer { try? file.close() }
            return recognise([UInt8]((try? file.read(upToCount: 4096)) ?? Data()), path: path)
        }
    }

    /// Neighbouring `.http` files are one source.
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
