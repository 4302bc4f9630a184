import Foundation
import SwitchboardTesting
import Testing

@testable import Supabase

@Suite("make migration")
struct MadeMigrationTests {
    private static let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..").standardized
    private static let functions = "Config/supabase/functions"
    private static let list = "Sources/Supabase/Migration/Migration.swift"
    private static let embedded = "Sources/CLibraries/CScripts/CScripts.c"
    private static let hashes = "Tests/SupabaseTests/Migration/MigrationTests.swift"

    private let folder: TemporaryFolder

    /// Copies everything that the script reads and writes. The functions are those of the last script.
    init() throws {
        folder = try TemporaryFolder()
        for path in [
            Self.functions, "Config/supabase/migrations", "Config/supabase/recipes", Self.list, Self.embedded, Self.hashes, ".ci/migration",
        ] {
            let copy = URL(fileURLWithPath: "\(folder.path)/\(path)")
            try FileManager.default.createDirectory(at: copy.deletingLastPathComponent(), withIntermediateDirectories: true)
            try FileManager.default.copyItem(at: Self.package.appendingPathComponent(path), to: copy)
        }
        try run("git", "init", "-q")
        try run("git", "add", "-A")
        try run("git", "-c", "user.name=x", "-c", "user.email=x@localhost", "commit", "-q", "-m", "x")
    }

    private static let next = SchemaContract.version + 1

    @Test("A new column is a script of its own before the functions, and both are registered, however often make migration runs")
    func column() throws {
        try edit("50_ingest.sql") { $0.replacing("m.type, m.text,", with: "m.type, m.text, m.summary,") }
        let before = try scripts()
        for _ in 1...2 {
            let outcome = try run("python3", ".ci/migration", "messages summary text")
            #expect(outcome.exitCode == 0, "\(outcome.text)")
            let made = try scripts().subtracting(before).sorted()
            try #require(made.count == 2, "\(made)")
            #expect(made[0].hasSuffix("_switchboard_messages_summary.sql"))
            #expect(made[1].hasSuffix("_switchboard_functions_v\(Self.next).sql"))
            let addition = "alter table public.messages add column if not exists summary text;"
            #expect(try text("Config/supabase/migrations/\(made[0])").contains(addition))
            let functions = try text("Config/supabase/migrations/\(made[1])")
            #expect(functions.contains("m.summary,") && functions.contains("'version', \(Self.next),"))
            for script in made {
                let version = script.prefix { $0 != "_" }
                #expect(try text(Self.list).matches(of: try Regex("Migration\\(\\s*\"\(version)\"")).count == 1)
                #expect(try text(Self.embedded).split(separator: "\n").contains("#embed \"migrations/\(script)\""))
                #expect(try text(Self.hashes).matches(of: try Regex("\"\(version)\": \"[0-9a-f]{64}\",")).count == 1)
            }
            // The list is sorted by name.
            let listed = try text(Self.list).matches(of: #/Migration\(\s*"([0-9]{14})"/#).map { String($0.output.1) }
            #expect(listed == listed.sorted() && listed.count == Migration.all.count + 2)
        }
    }

    @Test("If nothing has changed, nothing is written")
    func unchanged() throws {
        let before = try scripts()
        let outcome = try run("python3", ".ci/migration")
        #expect(outcome.exitCode == 0, "\(outcome.text)")
        #expect(try scripts() == before)
        #expect(try run("git", "status", "--porcelain").text == "")
    }

    @Test("make migration refuses a column that no function writes, a version other than the next, and an edited script")
    func refusals() throws {
        let column = try run("python3", ".ci/migration", "messages summary text")
        #expect(column.exitCode == 1 && column.text.contains("no function in Config/supabase/functions names summary"))
        let version = try run("python3", ".ci/migration", "", "\(Self.next + 1)")
        #expect(version.exitCode == 1 && version.text.contains("the next version of the functions is \(Self.next), not \(Self.next + 1)"))
        let first = "Config/supabase/migrations/\(Migration.all[0].file)"
        try Data((try text(first) + "-- edited\n").utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(first)"))
        let edited = try run("python3", ".ci/migration")
        #expect(edited.exitCode == 1 && edited.text.contains("\(first) has landed and was edited"))
    }

    private func scripts() throws -> Set<String> {
        try Set(FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/Config/supabase/migrations"))
    }

    private func text(_ path: String) throws -> String { try String(contentsOfFile: "\(folder.path)/\(path)", encoding: .utf8) }

    private func edit(_ file: String, _ change: (String) -> String) throws {
        let path = "\(Self.functions)/\(file)"
        let changed = change(try text(path))
        #expect(changed != (try text(path)))
        try Data(changed.utf8).write(to: URL(fileURLWithPath: "\(folder.path)/\(path)"))
    }

    /// The output is only a few lines, so a pipe can hold it.
    @discardableResult
    private func run(_ program: String, _ arguments: String...) throws -> (exitCode: Int32, text: String) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        // If a git hook runs the tests, variables point git to the repository.
        process.environment = ProcessInfo.processInfo.environment.filter { !$0.key.hasPrefix("GIT_") }
        process.currentDirectoryURL = URL(fileURLWithPath: folder.path)
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = pipe
        try process.run()
        let bytes = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, String(decoding: bytes, as: UTF8.self))
    }
}
