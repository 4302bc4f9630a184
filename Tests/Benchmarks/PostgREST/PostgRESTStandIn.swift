import Foundation
import SwitchboardTesting

/// Stands in for PostgREST in benchmarks. It prints its URL and serves a database until it is killed, with the given schemas or `public`.
@main
struct PostgRESTStandIn {
    static func main() async throws {
        guard let database = CommandLine.arguments.dropFirst().first else {
            return print("usage: postgrest-stand-in DATABASE_URL [SCHEMA…]")
        }
        let schemas = Array(CommandLine.arguments.dropFirst(2))
        try await PostgRESTServer.run(database: database, exposing: schemas.isEmpty ? ["public"] : schemas) { server in
            // Unlike print, this does not wait until a pipe's buffer is full.
            FileHandle.standardOutput.write(Data("\(server.url) \(PostgRESTServer.Keys.legacy)\n".utf8))
            try await Task.sleep(for: .seconds(86_400))
        }
    }
}
