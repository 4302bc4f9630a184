import Foundation
import SwitchboardTesting

/// Stands in for PostgREST in benchmarks: prints its URL and serves a database until it is killed, of its schemas those that are named, or
/// `public`.
@main
struct PostgRESTStandIn {
    static func main() async throws {
        guard let database = CommandLine.arguments.dropFirst().first else {
            return print("usage: postgrest-stand-in DATABASE_URL [SCHEMA…]")
        }
        let schemas = Array(CommandLine.arguments.dropFirst(2))
        try await PostgRESTServer.run(database: database, exposing: schemas.isEmpty ? ["public"] : schemas) { server in
            // Unlike print, this does not wait until a pipe has a block of it.
            FileHandle.standardOutput.write(Data("\(server.url) \(PostgRESTServer.Keys.legacy)\n".utf8))
            try await Task.sleep(for: .seconds(86_400))
        }
    }
}
