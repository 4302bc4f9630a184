import CFuzzer
import Foundation

/// Called by Tests/Fuzz/run: `fuzz list`, `fuzz seeds TARGET FOLDER`, or `fuzz TARGET` with libFuzzer's arguments.
@main
enum Fuzz {
    static func main() throws {
        let words = CommandLine.arguments.dropFirst()
        switch words.first {
        case "list"?: print(FuzzTarget.all.map(\.name).joined(separator: "\n"))
        case "seeds"? where words.count == 3: try writeSeeds(of: target(words[2]), to: words[3])
        case let name?:
            _ = target(name)
            exit(run())
        case nil: usage()
        }
    }

    /// A C function cannot capture the target, so the callback finds it by the arguments.
    private static let chosen = target(CommandLine.arguments[1])

    private static func run() -> Int32 {
        var count = CommandLine.argc - 1
        // libFuzzer expects the program's name as the first argument.
        var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv + 1
        return LLVMFuzzerRunDriver(&count, &arguments) { bytes, count in
            Fuzz.chosen.check(Array(UnsafeBufferPointer(start: bytes, count: count)))
            return 0
        }
    }

    private static func target(_ name: String) -> FuzzTarget {
        guard let target = FuzzTarget.all.first(where: { $0.name == name }) else { usage() }
        return target
    }

    private static func writeSeeds(of target: FuzzTarget, to folder: String) throws {
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        for (index, seed) in try target.seeds().enumerated() {
            try Data(seed).write(to: URL(filePath: "\(folder)/seed-\(index)"))
        }
    }

    private static func usage() -> Never {
        try? FileHandle.standardError.write(
            contentsOf: Data("usage: fuzz list | seeds TARGET FOLDER | TARGET [libFuzzer's arguments]\n".utf8))
        exit(64)
    }
}
